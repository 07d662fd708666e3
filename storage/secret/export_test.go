package secret

// Hasten makes files that open with little work, so that tests are quick.
func (c *Credentials) Hasten() { c.file.logN = 4 }
