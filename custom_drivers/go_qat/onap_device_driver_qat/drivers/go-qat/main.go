// SPDX-License-Identifier: Apache-2.0

// Command go-qat says which PCI devices of a Nova flavor are Intel QuickAssist (QAT) accelerators.
//
// It is a driver of hpa-discovery: it reads one JSON request a line and writes one JSON answer a
// line, until its input ends.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// version is set by the build of the wheel.
var version = "dev"

type request struct {
	Op      string          `json:"op"`
	ID      json.RawMessage `json:"id"`
	Subject json.RawMessage `json:"subject"`
	Context json.RawMessage `json:"context"`
}

type description struct {
	ID      json.RawMessage `json:"id"`
	Name    string          `json:"name"`
	Version string          `json:"version"`
}

type failure struct {
	ID    json.RawMessage `json:"id"`
	Error failureText     `json:"error"`
}

type failureText struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-qat:", err)
		os.Exit(1)
	}
}

// serve answers every line of in; a line may be of any length.
func serve(in io.Reader, out io.Writer) error {
	reader := bufio.NewReader(in)
	answers := json.NewEncoder(out) // ends each answer with a line break
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if err := answers.Encode(answerTo(line)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answerTo(line []byte) any {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return failure{asked.ID, failureText{"request", err.Error()}}
	}
	switch asked.Op {
	case "describe":
		return description{asked.ID, "go-qat", version}
	case "discover":
		found := discover(asked.Subject, asked.Context)
		found.ID = asked.ID
		return found
	}
	return failure{asked.ID, failureText{"op", fmt.Sprintf("unknown op %q; known are describe, discover", asked.Op)}}
}
