// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

const aliasKey = "pci_passthrough:alias"

// asked is all that a flavor asks for by one alias.
type asked struct {
	alias
	meaning
	device
}

// discover is the answer for one flavor. Whatever the flavor is, there is one.
func discover(subject, context json.RawMessage) answer {
	found := answer{Capabilities: []capability{}, Diagnostics: []diagnostic{}}
	requests, diagnostics := read(subject, context)
	for _, item := range diagnostics {
		found.Diagnostics = append(found.Diagnostics, *item)
	}
	for _, item := range total(requests, diagnostics) {
		found.Capabilities = append(found.Capabilities, capabilityOf(item))
		if doubt := doubtOf(item); doubt != nil {
			found.Diagnostics = append(found.Diagnostics, *doubt)
		}
	}
	return found
}

// read is the QAT devices that the flavor asks for, and what may be one but cannot be told.
func read(subject, context json.RawMessage) ([]asked, []*diagnostic) {
	specs := object(object(subject)["extra_specs"])
	if specs == nil {
		return nil, []*diagnostic{unjudged("qat.flavor", "", "the flavor has no extra specs that can be read")}
	}
	held := specs[aliasKey]
	if isNull(held) {
		return nil, nil
	}
	aliases, ok := text(held)
	if !ok {
		return nil, []*diagnostic{unjudged("pci.alias_form", "", aliasKey+" is "+told(held)+"; a text is needed")}
	}
	table, problem := readTable(context)
	if problem != nil {
		return nil, []*diagnostic{problem}
	}
	pieces := strings.SplitN(aliases, ",", mostRequests+1)
	if len(pieces) > mostRequests {
		message := fmt.Sprintf("%s holds more than %d requests; none of it is judged", aliasKey, mostRequests)
		return nil, []*diagnostic{unjudged("qat.many", "", message)}
	}
	var requests []asked
	var diagnostics []*diagnostic
	for _, piece := range pieces {
		request, problem := readOne(strings.TrimSpace(piece), table)
		if problem != nil {
			diagnostics = append(diagnostics, problem)
		} else if request != nil {
			requests = append(requests, *request)
		}
	}
	return requests, diagnostics
}

// readOne is one request; nothing where it is none for a QAT device.
func readOne(piece string, table aliasTable) (*asked, *diagnostic) {
	wanted, problem := readAlias(piece)
	if wanted == nil {
		return nil, problem
	}
	meanings := table.meanings(wanted.name)
	if len(meanings) > 1 {
		message := fmt.Sprintf("context.pci_aliases says different devices for the alias %s", shown(wanted.name))
		return nil, unjudged("pci.alias_several", wanted.name, message)
	}
	for meant := range meanings {
		return known(*wanted, meant)
	}
	return nil, nil
}

func known(wanted alias, meant meaning) (*asked, *diagnostic) {
	if meant.vendor == "" || meant.device == "" {
		message := "nothing says which vendor and device the PCI alias " + shown(wanted.name) +
			" means: add it to context.pci_aliases, or end its name in VENDOR-DEVICE"
		return nil, unjudged("pci.alias_unknown", wanted.name, message)
	}
	found, ok := find(meant.vendor, meant.device)
	if !ok {
		return nil, nil // another pack's matter
	}
	switch meant.deviceType {
	case "", whole, physical, virtual:
		return &asked{wanted, meant, found}, nil
	}
	message := fmt.Sprintf("the alias %s has the device_type %s; Nova knows %s, %s, %s",
		shown(wanted.name), shown(meant.deviceType), whole, physical, virtual)
	return nil, unjudged("pci.device_type", wanted.name, message)
}

// total is each alias once, with all that is asked of it. One with a diagnostic is left out: its count is not known.
func total(requests []asked, diagnostics []*diagnostic) []asked {
	left := map[string]bool{}
	for _, item := range diagnostics {
		left[item.Discriminator] = true
	}
	places := map[string]int{}
	var sums []asked
	for _, item := range requests {
		if left[item.alias.name] {
			continue
		}
		place, seen := places[item.alias.name]
		if seen {
			sums[place].count += item.count
			continue
		}
		places[item.alias.name] = len(sums)
		sums = append(sums, item)
	}
	return sums
}

func capabilityOf(item asked) capability {
	known := attributes{
		Count:  value{strconv.Itoa(item.count)},
		Vendor: value{item.meaning.vendor},
		Device: value{item.meaning.device},
		Name:   value{item.device.name},
		Family: value{item.family},
	}
	if !item.contradicts(item.meaning.deviceType) {
		known.DeviceType = &value{item.device.deviceType}
		if item.meaning.deviceType != "" {
			known.DeviceType = &value{item.meaning.deviceType}
		}
		known.PfDevice, known.VfDevice = optional(item.pf), optional(item.vf)
	}
	// ONAP OOF compares the architecture as text, and its policies ask for generic.
	return capability{feature, "generic", "v1", item.alias.name, known}
}

// doubtOf is said where the ids are certain, and the operator and the table differ in what the function is.
func doubtOf(item asked) *diagnostic {
	if !item.contradicts(item.meaning.deviceType) {
		return nil
	}
	message := fmt.Sprintf("the alias %s is %s, but %s:%s is %s, which is %s; Nova will find no such device",
		shown(item.alias.name), item.meaning.deviceType, item.meaning.vendor, item.meaning.device,
		item.device.name, item.device.deviceType)
	return &diagnostic{"pci.device_type", "warning", message, feature, item.alias.name}
}
