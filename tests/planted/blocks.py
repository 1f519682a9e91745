"""Blocks with one bug each, otherwise as good as can be, and three without any.

Each is a plugin of a single file under `files`, as an author would hand it to the conformance tests: the
tests must name what `breaks` says, and nothing of the good ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = Path(__file__).with_name("files")


@dataclass(frozen=True)
class Bug:
    """A block by its name in a spec, `file/block`, and the property that it breaks, in plain words."""

    block: str
    breaks: str

    @property
    def file(self) -> Path:
        """The plugin that it stands in."""
        return FILES / f"{self.block.partition('/')[0]}.py"


BUGS: dict[str, Bug] = {
    "wrong_for_odd_sizes": Bug(
        "halving/mean_of_pairs", "the sizes that come are those that were said, for odd ones too"
    ),
    "dead_parameter": Bug("gating/self_gate", "every parameter has an effect and gets a gradient"),
    "gradient_is_cut": Bug("smoothing/smoothed", "every parameter gets a gradient"),
    "hidden_state": Bug(
        "fading/fade_in", "the same input gives the same output in evaluation, call after call"
    ),
    "fixed_device": Bug(
        "ramping/ramp", "it runs where its input is, on whichever device, meta included"
    ),
    "batch_leak": Bug("centring/centre", "the samples of a batch do not see one another"),
    "unpicklable": Bug("squashing/squashed", "a model that holds it can be pickled"),
    "changes_its_input": Bug("clipping/clipped", "the tensor that is fed stays as it is"),
    "weight_turned_round": Bug(
        "mapping_features/mapped", "the parameters have the shapes that are declared"
    ),
    "never_refuses": Bug(
        "turning/turn",
        "what the rule accepts runs: an odd size and a tensor without dimensions do not",
    ),
    "single_precision": Bug("energies/energy_norm", "in float64 what comes out is float64"),
    "fixed_dtype": Bug("eyeing/near_identity_map", "it runs in float64 and in bfloat16"),
    "noise_in_evaluation": Bug("thinning/thin", "nothing is random in evaluation"),
    "not_seeded": Bug(
        "jittering/jittered", "in training the seed of torch decides all that is random"
    ),
    "updates_in_evaluation": Bug("tracking/tracked", "buffers stay as they are in evaluation"),
    "state_dict_loses_a_buffer": Bug(
        "projecting/random_features",
        "a model that loads the state dict of another does what that does",
    ),
    "contiguous_only": Bug("folding/fold", "a tensor may lie in memory in any order"),
    "values_while_it_is_made": Bug("whitening/whitened", "it can be made on meta"),
    "branch_on_data": Bug("levelling/levelled", "it is exported, and compiled as one graph"),
    "undocumented_setting": Bug("weighing/weigh", "every setting has a description"),
    "setting_without_effect": Bug("softening/soften", "every setting has an effect"),
    "untrue_example": Bug("doubling/double", "what the examples in the docstring say comes out"),
    "bound_too_low": Bug("bucketing/bucket", "integers that come out stay below the bound"),
    "untold_index": Bug(
        "choosing/chosen", "what numbers of which nothing is known may do, the user is told"
    ),
    "one_table_for_all": Bug(
        "banking/prototypes", "two blocks of a model have parameters of their own"
    ),
    "wrong_flops": Bug(
        "costing/score", "the operations are those that torch counts, 2 for a multiply-add"
    ),
    "not_causal": Bug("looking/look_back", "no step sees a later one, as it is declared"),
    "not_shift_equivariant": Bug(
        "sliding/slide", "moving the image moves the result, as it is declared"
    ),
    "order_of_nodes": Bug(
        "ranking/neighbour_sum", "the numbers that nodes bear do not matter, as it is declared"
    ),
}

GOOD: dict[str, Bug] = {
    "plain": Bug("good_plain/highway", ""),
    "recurrent": Bug("good_recurrent/leaky_state", ""),
    "graph": Bug("good_graph/mean_conv", ""),
}
