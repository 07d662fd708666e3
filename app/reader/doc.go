// Package reader shows one message: its head, its text and its attachments.
//
// A message is read and parsed off the UI goroutine; opening another one ends that work. HTML is shown as text with
// its links, by golang.org/x/net/html, whose parser follows the HTML standard and so sees what a browser would. Nothing
// is ever loaded from the network.
package reader
