"""What other portals are told: DCAT-AP."""
