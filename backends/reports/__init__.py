"""What a run found out, as values, and what writes them: as text, as Markdown, as HTML."""
