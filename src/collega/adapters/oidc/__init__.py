"""The hospital's own sign-in: OpenID Connect, the authorization code flow with PKCE."""
