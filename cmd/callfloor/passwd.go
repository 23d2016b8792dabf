package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/callfloor/callfloor/api"
)

// passwd reads a password from standard input, so that it stands in no history or process list.
type passwd struct{}

// Run prints the argon2id hash.
func (passwd) Run() error {
	fmt.Fprint(os.Stderr, "Password: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return errors.Join(errors.New("no password was given"), err)
	}
	hash, err := api.Hash(password)
	if err != nil {
		return err
	}
	fmt.Println(hash)
	return nil
}
