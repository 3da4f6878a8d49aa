"""Pure trading code: the market, the paper broker and the expert advisors. No web, no Django."""
