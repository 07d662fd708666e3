//go:build !unix || darwin

package secret

// systemKeyring is always there on systems that come with one.
func systemKeyring(func(string) string) Keyring { return osKeyring{} }
