"""What a technician installs: units, rules, certificates, and the guide to them."""
