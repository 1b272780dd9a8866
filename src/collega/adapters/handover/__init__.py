"""Objects that the web role takes, handed to the receiver while they come: a study has one receiver."""
