// SPDX-License-Identifier: Apache-2.0

module go-qat

go 1.19
