// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"
	"unicode"
)

// object is the members of a JSON object; nil for anything else. A map, because json matches the names of a struct
// whatever their case.
func object(raw json.RawMessage) map[string]json.RawMessage {
	var found map[string]json.RawMessage
	if json.Unmarshal(raw, &found) != nil {
		return nil
	}
	return found
}

// text is a JSON string.
func text(raw json.RawMessage) (string, bool) {
	var found *string
	if json.Unmarshal(raw, &found) != nil || found == nil {
		return "", false
	}
	return *found, true
}

// isNull says whether a member is absent or null.
func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

// told is a value as a message tells it: a text as it is shown, and what kind of value anything else is.
func told(raw json.RawMessage) string {
	if value, ok := text(raw); ok {
		return shown(value)
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

// shown is a text as a message shows it: short and printable.
func shown(value string) string {
	letters := []rune(value)
	cut := ""
	if len(letters) > shownLetters {
		letters, cut = letters[:shownLetters], "..."
	}
	printable := strings.Map(func(letter rune) rune {
		if unicode.IsPrint(letter) {
			return letter
		}
		return '?'
	}, string(letters))
	return "'" + printable + cut + "'"
}
