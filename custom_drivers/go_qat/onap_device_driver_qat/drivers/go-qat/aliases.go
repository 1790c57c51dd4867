// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	mostRequests   = 64  // of one flavor
	mostCharacters = 255 // of the name of an alias
	shownLetters   = 60  // of a value in a message
)

var (
	isCount  = regexp.MustCompile(`^[0-9]{1,9}$`)
	isNumber = regexp.MustCompile(`^[0-9]+$`)
	isID     = regexp.MustCompile(`^[0-9a-fA-F]{4}$`)
	// The forms of ONAP's documents end in vendor and device, after any words.
	endsInIDs = regexp.MustCompile(`^(?:.+-)?([0-9a-fA-F]{4})-([0-9a-fA-F]{4})$`)
)

// alias is one request, such as qat:2.
type alias struct {
	name  string
	count int
}

// meaning is what an alias stands for; members that nobody tells are "".
type meaning struct {
	vendor, device, deviceType string
}

// readAlias reads NAME:COUNT; a count of 0 asks for nothing, and gives neither an alias nor a diagnostic.
func readAlias(text string) (*alias, *diagnostic) {
	name, count, _ := strings.Cut(text, ":")
	name, count = strings.TrimSpace(name), strings.TrimSpace(count)
	if !isName(name) || !isNumber.MatchString(count) {
		return nil, unjudged("pci.alias_form", "", fmt.Sprintf("%s holds %s, which is not NAME:COUNT", aliasKey, shown(text)))
	}
	if strings.Trim(count, "0") == "" {
		return nil, nil
	}
	if !isCount.MatchString(count) {
		message := fmt.Sprintf("%s asks for %s of %s; no host has that many", aliasKey, shown(count), shown(name))
		return nil, unjudged("pci.count", name, message)
	}
	number, _ := strconv.Atoi(count) // nine digits always fit
	return &alias{name, number}, nil
}

// isName says whether a text can name an alias. JSON that is no UTF-8 was read as U+FFFD, so it is no name.
func isName(text string) bool {
	if text == "" || utf8.RuneCountInString(text) > mostCharacters {
		return false
	}
	for _, letter := range text {
		if letter == utf8.RuneError || !unicode.IsPrint(letter) {
			return false
		}
	}
	return true
}

// aliasTable is the operator's table: the objects of [pci]alias in nova.conf by name, several where Nova has several.
type aliasTable map[string][]json.RawMessage

// readTable reads context.pci_aliases: an object with an object, or a list of them, for each alias, or a list of
// objects with their names.
func readTable(context json.RawMessage) (aliasTable, *diagnostic) {
	table := aliasTable{}
	held := object(context)["pci_aliases"]
	if isNull(held) {
		return table, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(held, &list) == nil {
		for _, row := range list {
			if name, ok := text(object(row)["name"]); ok {
				table[name] = append(table[name], row)
			}
		}
		return table, nil
	}
	byName := object(held)
	if byName == nil {
		return nil, unjudged("pci.alias_table", "", "context.pci_aliases is "+told(held)+"; an object with an object for each alias is needed")
	}
	for name, row := range byName {
		var rows []json.RawMessage
		if isNull(row) {
			continue
		}
		if json.Unmarshal(row, &rows) != nil {
			rows = []json.RawMessage{row}
		}
		table[name] = rows
	}
	return table, nil
}

// meanings says what an alias stands for: what the operator says, else what its name ends in. More than one is a contradiction.
func (t aliasTable) meanings(name string) map[meaning]bool {
	found := map[meaning]bool{}
	for _, row := range t[name] {
		found[meaningOf(name, row)] = true
	}
	if len(found) == 0 {
		found[meaningOf(name, json.RawMessage("{}"))] = true
	}
	return found
}

func meaningOf(name string, row json.RawMessage) meaning {
	says := object(row)
	if says == nil {
		return meaning{}
	}
	spelled := endsInIDs.FindStringSubmatch(name)
	if spelled == nil {
		spelled = []string{name, "", ""}
	}
	deviceType := ""
	if held := says["device_type"]; !isNull(held) {
		deviceType, _ = text(held)
		if deviceType == "" {
			deviceType = told(held)
		}
	}
	return meaning{idOf(says["vendor_id"], spelled[1]), idOf(says["product_id"], spelled[2]), deviceType}
}

func idOf(held json.RawMessage, spelled string) string {
	if isNull(held) {
		return strings.ToLower(spelled)
	}
	if id, ok := text(held); ok && isID.MatchString(id) {
		return strings.ToLower(id)
	}
	return ""
}
