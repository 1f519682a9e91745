# Long because one suite is read best in one piece: the tables of exceptions beside what they except.
"""One suite over every block of the catalogue and every example in its docstring.

An example is a spec of one node, checked over symbols and over numbers, compiled and run at several sizes.
A new block takes part by being registered. What torch itself cannot do stands in tables, with the reason;
an exception that is none any more fails.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cases
from cases import Case
from limits import CASES, NO_HALF, NOT_EXPORTED, PACKED, RANDOM, SIZES_ONLY, VALUES
from netwright import composer
from netwright.composer.counting import Counter
from netwright.composer.graph import weights
from netwright.plugins.block import defaults
from netwright.plugins.describe import describe
from netwright.specs.sizes import evaluate
from netwright.specs.tensors import INTEGER, Tensor
from oracles import computed, oracle

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
    pytest.mark.filterwarnings("ignore:.*degrees of freedom is <= 0"),
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
    pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN"),
    pytest.mark.filterwarnings("ignore:.*_flat_weights.* were assigned during export"),
]

NAMES = cases.names()


def every(exceptions: Mapping[str, str] | None = None) -> Any:
    """Parametrise over all cases; those in a table of exceptions are expected to fail."""
    table = exceptions or {}
    stale = set(table) - {case.node for case in CASES}
    assert not stale, f"no example is {stale}"
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, marks=pytest.mark.xfail(reason=table[case.node], strict=True))
            if case.node in table
            else case
            for case in CASES
        ],
        ids=str,
    )


def equal(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], rtol=0, atol=0, equal_nan=True)


def fits(
    found: Mapping[str, torch.Tensor],
    expected: Mapping[str, Tensor],
    float_is: torch.dtype = torch.float32,
) -> None:
    """Sizes, dtypes and bounds are those that were said."""
    assert found.keys() == expected.keys()
    for name, type_ in expected.items():
        tensor = found[name]
        assert (list(tensor.shape), tensor.dtype) == cases.real(type_, float_is), name
        if type_.below is not None and not tensor.is_meta:
            assert int(tensor.min()) >= 0
            assert int(tensor.max()) < type_.below


# -- what is said of a block ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_block_is_described(name: str) -> None:
    described = describe(name, cases.CATALOGUE.find(name))
    assert described.summary.endswith(".")
    assert described.reference
    assert described.shapes
    assert described.parameters
    assert [each.name for each in described.settings if not each.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_examples_exercise_every_setting(name: str) -> None:
    described = describe(name, cases.CATALOGUE.find(name))
    own = [case.example for case in CASES if case.block == name]
    assert own
    assert [each.text for each in own if each.settings["block"] != name] == []
    used = {setting for each in own for setting in each.settings} - {"block"}
    assert used == {each.name for each in described.settings}
    fed = {port.partition(".")[0] for each in own for port in each.inputs}
    assert fed == set(described.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_examples_show_what_is_not_the_default(name: str) -> None:
    block = cases.block_class(name)
    for setting, default in defaults(block).items() if block else ():
        if default is not ...:
            shown = [
                case.example.settings.get(setting, default) for case in CASES if case.block == name
            ]
            assert any(value != default for value in shown), setting


@every()
def test_parameters_are_said_where_there_are_some(case: Case) -> None:
    said = describe(case.block, cases.CATALOGUE.find(case.block)).parameters
    if any(trainable for _, _, trainable in weights(case.graph)):
        assert said != "0"


# -- what a rule says, and what comes ---------------------------------------------------------------------


@every()
def test_rule_over_symbols_and_numbers_is_what_comes(case: Case) -> None:
    model = case.model()
    for values in case.numbers():
        expected = case.expected(values)
        symbolic = {
            name: Tensor(
                tuple(evaluate(size, values) for size in each.sizes),
                each.dtype,
                None if each.below is None else evaluate(each.below, values),
            )
            for name, each in case.graph.outputs.items()
        }
        concrete = {
            name: Tensor(each.sizes, each.dtype, each.below)
            for name, each in case.at(values).outputs.items()
        }
        assert symbolic == expected, values
        assert concrete == expected, values
        fits(cases.run(case, model, cases.inputs(case, values)), expected)


@every()
def test_training_gives_the_same_shapes(case: Case) -> None:
    values = case.values((7, 3, 16, 4))
    model = case.model().train()
    fits(cases.run(case, model, cases.inputs(case, values)), case.expected(values))


@every()
def test_weights_are_those_that_are_declared(case: Case) -> None:
    model = case.model()
    declared = {path: (list(sizes), trainable) for path, sizes, trainable in weights(case.graph)}
    parameters = dict(model.named_parameters())
    held = {
        path: (list(each.shape), path in parameters) for path, each in model.state_dict().items()
    }
    assert declared == held
    assert list(parameters) == [path for path in model.state_dict() if path in parameters]


@every(PACKED)
def test_operations_are_those_that_torch_counts(case: Case) -> None:
    values = case.values()
    model, inputs = case.model(), cases.inputs(case, values)
    # torch counts neither fused attention nor fused recurrent layers on a CPU
    fused = torch.backends.mkldnn.flags(enabled=False)
    with fused, sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counted:
        model(*inputs)
    assert evaluate(Counter().totals(case.graph).flops, values) == counted.get_total_flops()


@every()
def test_values_are_those_of_torch(case: Case) -> None:
    block = cases.block_class(case.block)
    target = oracle(case.block, block) if block else None
    if target is None or block is None:
        return  # a composite, or without a counterpart: tested by its formula elsewhere
    values = case.values((7, 3, 16, 4))
    model, inputs = case.model(), cases.inputs(case, values)
    own = cases.numbered(dict(case.example.settings), values)
    del own["block"]
    weights = {
        path.removeprefix(f"{cases.NODE}."): each for path, each in model.state_dict().items()
    }
    fed = dict(zip(case.example.inputs, inputs, strict=True))
    expected = computed(target, own, fed, weights)
    found = cases.run(case, model, inputs).values()
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True)


# -- what a model must be able to do ----------------------------------------------------------------------


@every()
def test_gradients_reach_parameters_and_inputs(case: Case) -> None:
    model, inputs = case.model(), cases.inputs(case, case.values())
    for tensor in inputs:
        tensor.requires_grad_(tensor.is_floating_point())
    found = cases.run(case, model, inputs).values()
    loss = sum(each.sum() for each in found if each.is_floating_point())
    if not isinstance(loss, torch.Tensor):
        assert not list(model.parameters())
        return
    unreached = SIZES_ONLY.get(case.block, {})
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
    assert [name for name, each in model.named_parameters() if each.grad is None] == []
    for name, tensor in zip(case.graph.inputs, inputs, strict=True):
        if tensor.is_floating_point():
            assert (tensor.grad is None) == (name in unreached), name


@every(RANDOM)
def test_evaluation_repeats_itself_and_leaves_its_inputs_alone(case: Case) -> None:
    model, inputs = case.model(), cases.inputs(case, case.values())
    before = [tensor.clone() for tensor in inputs]
    first = {name: each.clone() for name, each in cases.run(case, model, inputs).items()}
    equal(cases.run(case, model, inputs), first)
    assert all(map(torch.equal, inputs, before))


@every(RANDOM)
def test_weights_can_be_saved_and_loaded(case: Case) -> None:
    model, other = case.model(), composer.compile(case.graph, seed=1).eval()
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file))
    inputs = cases.inputs(case, case.values())
    equal(cases.run(case, other, inputs), cases.run(case, model, inputs))


@every(RANDOM)
def test_a_model_can_be_copied_and_pickled(case: Case) -> None:
    model, inputs = case.model(), cases.inputs(case, case.values())
    expected = cases.run(case, model, inputs)
    equal(cases.run(case, copy.deepcopy(model), inputs), expected)
    equal(cases.run(case, pickle.loads(pickle.dumps(model)), inputs), expected)


def converted(case: Case, dtype: torch.dtype) -> None:
    model, values = case.model().to(dtype), case.values()
    types = case.graph.inputs.values()
    inputs = [
        tensor.to(dtype) if isinstance(type_, Tensor) and type_.dtype == "float" else tensor
        for tensor, type_ in zip(cases.inputs(case, values), types, strict=True)
    ]
    fits(cases.run(case, model, inputs), case.expected(values), dtype)


@every()
def test_double_precision(case: Case) -> None:
    converted(case, torch.float64)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@every(NO_HALF)
def test_half_precision(case: Case, dtype: torch.dtype) -> None:
    converted(case, dtype)


@every(VALUES)
def test_meta_device(case: Case) -> None:
    values = case.values()
    model = case.model(device="meta")
    assert all(each.is_meta for each in model.state_dict().values())
    found = cases.run(case, model, [each.to("meta") for each in cases.inputs(case, values)])
    assert all(each.is_meta for each in found.values())
    fits(found, case.expected(values))


# -- compiling and exporting: all examples of a block at once, which is many times faster -------------------


class Together(nn.Module):
    """Several models, each with its own inputs."""

    def __init__(self, models: list[nn.Module]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, inputs: list[list[torch.Tensor]]) -> list[Any]:
        return [model(*each) for model, each in zip(self.models, inputs, strict=True)]


def own(name: str, *exceptions: Mapping[str, str]) -> list[Case]:
    out = {node for table in exceptions for node in table}
    return [case for case in CASES if case.block == name and case.node not in out]


def results(chosen: list[Case], found: list[Any]) -> dict[str, torch.Tensor]:
    return {
        f"{case}/{name}": tensor
        for case, each in zip(chosen, found, strict=True)
        for name, tensor in cases.named(case.graph, each).items()
    }


@pytest.mark.parametrize("name", sorted({case.block for case in CASES if case.node not in RANDOM}))
def test_torch_compile_takes_it_whole(name: str) -> None:
    torch._dynamo.reset()
    chosen = own(name, RANDOM, VALUES)
    model = Together([case.model() for case in chosen])
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    with torch._dynamo.config.patch(allow_rnn=True):
        for choice in ((3, 5, 2, 7), (7, 3, 16, 4)):
            inputs = [cases.inputs(case, case.values(choice)) for case in chosen]
            equal(results(chosen, compiled(inputs)), results(chosen, model(inputs)))


def exported(chosen: list[Case]) -> None:
    model = Together([case.model() for case in chosen])
    # larger than any kernel: torch fixes a size that comes out as 1
    inputs = [cases.inputs(case, case.values((11, 22, 34, 18))) for case in chosen]
    dynamic = [
        [
            {
                dim: torch.export.Dim.DYNAMIC
                for dim, size in enumerate(sizes)
                if isinstance(size, str)
            }
            for sizes in (pattern.sizes for pattern in case.example.inputs.values())
        ]
        for case in chosen
    ]
    program = torch.export.export(model, (inputs,), dynamic_shapes=(dynamic,)).module()
    for choice in ((11, 22, 34, 18), (9, 14, 12, 21)):
        others = [cases.inputs(case, case.values(choice)) for case in chosen]
        equal(results(chosen, program(others)), results(chosen, model(others)))


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            case.block
            for case in CASES
            if case.graph.inputs and case.node not in RANDOM | VALUES | NOT_EXPORTED
        }
    ),
)
def test_torch_export_keeps_sizes_dynamic(name: str) -> None:
    exported(own(name, RANDOM, VALUES, NOT_EXPORTED))


@pytest.mark.parametrize("case", [each for each in CASES if each.node in NOT_EXPORTED], ids=str)
def test_what_torch_does_not_export_is_still_not_exported(case: Case) -> None:
    with pytest.raises(Exception, match="Constraints violated"):
        exported([case])


@pytest.mark.parametrize("case", [each for each in CASES if each.node in VALUES], ids=str)
def test_what_needs_values_is_still_not_exported(case: Case) -> None:
    with pytest.raises(Exception, match=r"FakeTensor|_ctc_loss"):
        exported([case])


def test_every_dtype_is_met() -> None:
    met = {pattern.dtype for case in CASES for pattern in case.example.inputs.values()}
    assert met >= {"float", "float32", "float64", "bool", *INTEGER} - {"int8", "int16"}
