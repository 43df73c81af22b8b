"""The cold chain: profiles, the table of a box, contents, figures and picture."""
