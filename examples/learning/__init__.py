"""What several of the examples need, small enough to be copied; a file for each thing.

`training`: recipes and the loop; `digits`: the data; `decoding`: greedy, sampled and beam search;
`diffusing`: from noise back to images; `figures`: pictures that look alike.
"""
