"""What leaves the house: whether it may, under which names, and how an answer finds back."""
