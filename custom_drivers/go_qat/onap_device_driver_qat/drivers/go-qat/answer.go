// SPDX-License-Identifier: Apache-2.0

package main

import "encoding/json"

const feature = "pciePassthrough"

type answer struct {
	ID           json.RawMessage `json:"id"`
	Capabilities []capability    `json:"capabilities"`
	Diagnostics  []diagnostic    `json:"diagnostics"`
}

type capability struct {
	Feature       string     `json:"feature"`
	Architecture  string     `json:"architecture"`
	Version       string     `json:"version"`
	Discriminator string     `json:"discriminator"`
	Attributes    attributes `json:"attributes"`
}

// attributes stand in ONAP's order, and then what only the table of devices knows.
type attributes struct {
	Count      value  `json:"pciCount"`
	Vendor     value  `json:"pciVendorId"`
	Device     value  `json:"pciDeviceId"`
	Name       value  `json:"pciDeviceName"`
	Family     value  `json:"pciCardFamily"`
	DeviceType *value `json:"pciDeviceType,omitempty"`
	PfDevice   *value `json:"pciPfDeviceId,omitempty"`
	VfDevice   *value `json:"pciVfDeviceId,omitempty"`
}

type value struct {
	Value string `json:"value"`
}

// diagnostic with the level error says that an instance, or without a discriminator any instance,
// of the feature could not be judged.
type diagnostic struct {
	Code          string `json:"code"`
	Level         string `json:"level"`
	Message       string `json:"message"`
	Feature       string `json:"feature"`
	Discriminator string `json:"discriminator,omitempty"`
}

// optional is an attribute that is left out where its text is "".
func optional(text string) *value {
	if text == "" {
		return nil
	}
	return &value{text}
}

func unjudged(code, discriminator, message string) *diagnostic {
	return &diagnostic{code, "error", message, feature, discriminator}
}
