"""Networks with inputs that may be left out, one for each thing that may depend on them."""

from __future__ import annotations

HEAD = "netwright: 1\nname: net\n"

GATED = """
inputs:
  x: [batch, seq, 8]
  mask: {shape: [seq, seq], dtype: bool, optional: true}
  factor: {shape: [batch, seq, 8], optional: true}
blocks:
  layer:
    inputs: {x: [b, s, d], mask: {shape: [s, s], dtype: bool, optional: true}}
    nodes:
      attend: {block: attention, num_heads: 2, from: {x: x, mask: mask}}
      add: {from: [x, attend], block: add}
nodes:
  first: {block: linear, out_features: 8}
  scaled: {block: mul, from: [first, factor], when: $(given(factor))}
  layers: {block: layer, repeat: 3, from: {x: scaled, mask: mask}}
"""

ALIKE = {
    "a mask and a factor": GATED,
    "conditions of two inputs": """
inputs: {x: [batch, 8], a: {shape: [batch, 8], optional: true}, b: {shape: [batch, 8], optional: true}}
nodes:
  s1: {block: add, from: [x, a], when: $(given(a))}
  s2: {block: mul, from: [s1, b], when: $(given(b))}
  s3: {block: linear, from: s2, out_features: 8, when: $(given(a) and not given(b))}
  end: {block: add, from: [s3, x]}
  other: {block: add, from: [s1, end]}
""",
    "one gate after another that is never there with it": """
inputs: {x: [batch, 8], y: [batch, 8], a: {shape: [], optional: true}, b: {shape: [batch, 8], optional: true}}
nodes:
  n0: {block: linear, out_features: 8, from: y, when: $(given(a) and not given(b))}
  n1: {block: mul, from: [n0, b], when: $(given(b))}
outputs: {o0: n1, o1: n0, o2: x}
""",
    "what is made of it goes to an optional input": """
inputs: {x: [batch, seq, 8], m: {shape: [seq, seq], optional: true}}
nodes:
  bias: {block: gelu, from: m, when: $(given(m))}
  attention: {block: attention, num_heads: 2, from: {x: x, mask: bias}}
""",
    "a body that reads it": """
inputs: {x: [batch, seq, 8], m: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  layers:
    block: residual
    repeat: 2
    body:
      norm: layer_norm
      attention: {block: attention, num_heads: 2, from: {x: norm, mask: m}}
""",
    "a body that only asks for it": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  w: {block: residual, body: {up: {block: linear, out_features: 8, when: $(given(m))}, act: relu}}
  end: {block: add, from: [w, m], when: $(given(m))}
""",
    "a body under a condition": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks: {same: {params: {body: block}, nodes: {body: {block: $body}}}}
nodes:
  w: {block: same, when: $(given(m)), body: {up: {block: linear, out_features: 8}, act: relu}}
  end: {block: add, from: [w, x]}
""",
    "every step of a scan": """
inputs: {x: [batch, seq, 8], h: [batch, 8], g: {shape: [batch, 8], optional: true}}
blocks:
  step:
    inputs: {x: [b, d], h: [b, d], g: {shape: [b, d], optional: true}}
    nodes:
      s: {block: add, from: [x, h]}
      t: {block: mul, from: [s, g], when: $(given(g))}
      u: {block: linear, out_features: $d}
    outputs: {h: u, y: t}
nodes:
  run: {block: step, scan: [x], from: {x: x, h: h, g: g}}
outputs: {h: run.h, y: run.y}
""",
    "a first state": """
inputs: {x: [seq, batch, 8], h: {shape: [1, batch, 8], optional: true}}
nodes:
  run: {block: gru, hidden_size: 8, from: {x: x, h: h}}
""",
    "a size that only it has": """
inputs: {x: [batch, seq, 8], mem: {shape: [batch, length, 8], optional: true}}
nodes:
  cross: {block: cross_attention, num_heads: 2, from: {x: x, memory: mem}, when: $(given(mem))}
  pool: {block: mean, dim: 1, keepdim: true, from: mem, when: $(given(mem))}
  wide: {block: expand, shape: [batch, $(2 * length), 8], when: $(given(mem))}
  mean: {block: mean, dim: 1, keepdim: true, when: $(given(mem))}
  sum: {block: add, from: [cross, mean], when: $(given(mem))}
  end: {block: linear, out_features: 3}
""",
    "it comes first and is called x": """
inputs: {x: {shape: [batch, length], optional: true}, y: [batch, 8]}
nodes:
  other: {block: linear, out_features: 8, from: y}
  act: {block: relu, from: x, when: $(given(x))}
  mean: {block: mean, dim: 1, keepdim: true, when: $(given(x))}
  wide: {block: expand, shape: [batch, $(8 * length)], when: $(given(x))}
  sum: {block: mean, dim: 1, keepdim: true, when: $(given(x))}
  end: {block: add, from: [other, sum], when: $(given(x))}
""",
    "one or the other": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  b: {block: linear, out_features: 8, when: $(not given(m))}
  c: {block: $('gelu' if given(m) else 'relu')}
""",
    "settings of copies": """
inputs: {x: [batch, 2, seq, 8], m: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  attend:
    block: scaled_dot_product_attention
    repeat: 3
    from: {query: x, key: x, value: x, attn_mask: m}
    is_causal: $(not given(m))
  parts: {block: linear, out_features: 8, parallel: true, repeat: 3}
  all: {block: stack, from: parts.*}
""",
    "parallel copies": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  up: {block: linear, out_features: 8, parallel: true, repeat: 3, when: $(given(m))}
  sum: {block: add, from: [up, x]}
""",
    "shared, tied, initialised": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  p: {block: parameter, shape: [8]}
  a: {block: linear, out_features: 8, from: x}
  s: {block: add, from: [a, p, m], when: $(given(m))}
  t: {block: linear, out_features: 8, when: $(given(m)), tie: {weight: a.weight}, init: {bias: ones}}
  r: {block: linear, out_features: 8, when: $(not given(m)), tie: {weight: a.weight}}
  u: {share: a, when: $(given(m))}
init: {"t.weight": zeros, "*.weight": ones}
""",
    "no copies": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, repeat: $(2 if given(m) else 0)}
  b: {block: linear, out_features: 8, repeat: {times: 3, share: true}, when: $(given(m))}
  c: {block: add, from: [a, b]}
""",
    "a block that uses itself": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  deep:
    params: {n: 3}
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      up: {block: linear, out_features: $d}
      add: {block: add, from: [up, m], when: $(given(m))}
      inner: {block: deep, n: $(n - 1), from: {x: add, m: m}, when: $(n > 0)}
      act: {block: tanh, when: $(not given(m))}
nodes:
  d: {block: deep, from: {x: x, m: m}}
""",
    "copies that each read one": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  g:
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      l: {block: linear, out_features: $d}
      a: {block: mul, from: [l, m], when: $(given(m))}
nodes:
  p: {block: linear, out_features: 8, repeat: 3, parallel: true, from: x}
  q: {block: g, parallel: true, from: {x: p.*, m: m}}
  r: {block: add, from: [q.0, q.2]}
""",
    "a causal mask beside it": """
inputs: {x: [batch, seq, 8], m: {shape: [batch, 1, 1, seq], dtype: bool, optional: true}}
nodes:
  layers:
    block: residual
    repeat: 2
    body:
      norm: layer_norm
      attention: {block: attention, num_heads: 2, is_causal: true, from: {x: norm, mask: m}}
""",
    "several outputs": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  two:
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      a: {block: linear, out_features: $d}
      b: {block: mul, from: [a, m], when: $(given(m))}
      c: {block: tanh, from: x}
    outputs: {x: b, c: c}
nodes:
  l: {block: two, repeat: 2, from: {x: x, m: m}}
  k: {block: two, from: {x: l.x, m: l.c}, when: $(given(m))}
outputs: {y: k.x, z: l.c, first: l.0.c}
""",
}
