"""What an app brings, to whom and when: a business case in, figures out."""
