package attackers

// conversation parks a connection where the steps of a target file end.
//
//	client                          server
//	  |<----- TLS handshake --------->|  if the listener speaks TLS
//	  |-- each send step ------------>|
//	  |<-- what each expect matches --|
//	  |           silence             |  waits for what the protocol wants next
//	  |. trickle: an unfinished line .|  or the bytes that the file says
//	  | unread: reads nothing ------->|  waits until it can send the rest
//
// The requirement is whatever the file's protocol says.
func conversation() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		if err := c.converse(c.hold.Conversation, "conversation"); err != nil {
			return err
		}
		c.trickle = tricklePattern(c.rw(), "a", c.stage.TrickleBytes)
		if own := c.hold.Trickles; own != nil {
			c.trickle = tricklePattern(c.rw(), string(own.Bytes), own.Count)
		}
		return nil
	}}
}
