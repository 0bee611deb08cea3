"""`zhupi demo`: invented people and some forty applications in every state, made through the real commands."""
