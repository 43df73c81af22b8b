"""The proofs: each folder mirrors a package; world, contract, cases and bench cut across them."""
