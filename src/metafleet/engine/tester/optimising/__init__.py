"""The optimiser: tries an EA's inputs over the past, and says how likely the best of them is luck.

A *space* of inputs is searched by a *search* that asks for points; each becomes a *job*, which any machine
can run; its *outcome* is kept in an *archive* before it counts. The best comes with what is to be thought of
it: how good the best of as many tries without skill would be (`luck`), and what its neighbours are worth
(`plateau`). A *walk-forward* chooses again and again, and trades what was chosen on the time after.
"""
