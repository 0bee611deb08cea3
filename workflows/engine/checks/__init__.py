"""The deploy checks by subject. Each takes a Drawing and reports into it; docs/lint.md lists the rules."""
