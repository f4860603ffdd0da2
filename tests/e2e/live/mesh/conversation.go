package mesh

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// A Conversation is one connection over which pages are asked for, so that it
// can be told whether a connection lives on.
type Conversation struct {
	connection net.Conn
	reader     *bufio.Reader
}

// Dial opens a conversation with what listens at the address, a sidecar's
// upstream for example.
func Dial(address string) (*Conversation, error) {
	connection, err := dialAt(address)
	if err != nil {
		return nil, err
	}
	return &Conversation{connection, bufio.NewReader(connection)}, nil
}

// DialTLS opens a conversation over TLS.
func DialTLS(address string, config *tls.Config) (*Conversation, error) {
	connection, err := dialAt(address)
	if err != nil {
		return nil, err
	}
	connection.SetDeadline(time.Now().Add(Deadline))
	secure := tls.Client(connection, config)
	if err := secure.Handshake(); err != nil {
		connection.Close()
		return nil, err
	}
	return &Conversation{secure, bufio.NewReader(secure)}, nil
}

// Ask returns the page of the other end.
func (c *Conversation) Ask() (string, error) {
	c.connection.SetDeadline(time.Now().Add(Deadline))
	if _, err := io.WriteString(c.connection, "GET / HTTP/1.1\r\nHost: page\r\n\r\n"); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return string(text), err
}

func (c *Conversation) Close() { c.connection.Close() }

// Page asks for one page over a connection of its own.
func Page(address string) (string, error) {
	conversation, err := Dial(address)
	if err != nil {
		return "", err
	}
	defer conversation.Close()
	return conversation.Ask()
}

// ShowsPage is nil when the page at the address is the one that is wanted.
func ShowsPage(address, want string) error {
	page, err := Page(address)
	if err == nil && page != want {
		err = fmt.Errorf("the page is %q and not %q", page, want)
	}
	return err
}
