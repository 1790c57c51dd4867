# SPDX-License-Identifier: Apache-2.0
"""`python -m hpa_discovery.cli` is `hpa`, for where the command is not on the path."""

import sys

from hpa_discovery.cli.main import main

sys.exit(main())
