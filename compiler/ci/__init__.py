"""The workflows of the separate CI/CD process, for GitHub and GitLab.

`project` is what they are made from, `scripts` the shell that both run, `github` and `gitlab` the rest.
"""
