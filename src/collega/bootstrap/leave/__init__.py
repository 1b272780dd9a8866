"""What leaves the house: who allowed it, and in which form."""
