"""What a spec computes, read from the file as the language's page says it: slowly, on real tensors.

An oracle that shares no rule with what it judges: sizes are those of tensors, expressions are Python's,
copies are run one by one, and a node is computed when somebody reads it. Weights are taken from a state
dict by the paths that the page promises, and which ones were taken is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch

from generator.computing import Weights, computed_leaf
from generator.frames import (
    PLAIN_INPUTS,
    Done,
    Fed,
    Frame,
    Outputs,
    Value,
    around,
    file_of,
    flat,
    handed,
    inputs_of,
    kind_of,
    left_out,
    outputs_of,
    port_of,
    read_by,
    settings_of,
)
from generator.level import BLOCKS
from generator.valuing import matched, shaped, valued
from netwright.plugins.block import shape_settings
from netwright.specs.document import NODE_KEYS


class Meaning:
    """One run of a spec. seen: every output of every node, by its path. tied: (own path, the other's)."""

    def __init__(self, spec: Mapping[str, Any], weights: Weights) -> None:
        self.spec = spec
        self.weights = weights
        self.seen: Outputs = {}
        self.tied: list[tuple[str, str]] = []
        self.bounds: dict[int, int] = {}

    def run(self, inputs: Fed, sizes: Mapping[str, int]) -> Outputs:
        """The outputs by name; of a single one the name is empty. Raises Open."""
        frame = Frame(self.spec, None, False, "", "", dict(inputs))
        frame.names = dict(sizes)
        self._params(frame, {})
        for name, form in self.spec["inputs"].items():
            below = form.get("below") if isinstance(form, Mapping) else None
            if below is not None:
                below = (
                    frame.names[below] if isinstance(below, str) and below.isidentifier() else below
                )
                self.bounds[id(inputs[name])] = valued(below, frame.names)
        return self._results(frame)

    def shared(self) -> frozenset[str]:
        """Names of nodes whose module another node uses: they stand in the model, read or not."""

        def walk(value: Any) -> Iterator[str]:
            if isinstance(value, Mapping):
                if isinstance(value.get("share"), str):
                    yield value["share"]
                for each in value.values():
                    yield from walk(each)

        return frozenset(walk(self.spec))

    # -- composites -------------------------------------------------------------------------------------

    def _params(self, frame: Frame, settings: Mapping[str, Any]) -> None:
        outer = frame.lexical
        above = dict(outer.params) if outer is not None else {}
        frame.names = above | frame.names
        frame.params = above
        for name, form in frame.spec.get("params", {}).items():
            if name in settings:
                value = settings[name]
            else:
                default = form["default"] if isinstance(form, Mapping) else form
                value = valued(default, frame.names, frame.given())
                if kind_of(form) == "block" and default is not None:
                    value = Value(default, frame, dict(frame.names))
            frame.names[name] = frame.params[name] = value

    def _composite(
        self,
        spec: Mapping[str, Any],
        lexical: Frame | None,
        settings: Mapping[str, Any],
        fed: Fed,
        path: str | None,
        weights: str,
    ) -> Outputs:
        expose = None
        if "use" in spec:
            chosen, expose = spec, spec.get("expose")
            spec, lexical = file_of(chosen["use"]), None
            preset = spec.get("presets", {}).get(chosen.get("preset"), {})
            settings = {**preset, **chosen.get("set", {}), **settings}
        declared = spec.get("inputs", PLAIN_INPUTS)
        fed = {name: fed.get(name) for name in declared}
        frame = Frame(spec, lexical, False, path, weights, fed)
        for number, (name, form) in enumerate(declared.items()):
            tensor = fed.get(name)
            if tensor is None:
                assert isinstance(form, Mapping), f"{name} is not fed"
                assert form.get("optional"), f"{name} is not fed"
                continue
            shape = form["shape"] if isinstance(form, Mapping) else form
            bound, rest = matched(shape, tensor.shape)
            for size, value in bound.items():
                assert frame.names.setdefault(size, value) == value, f"{size} in {path}"
            if not number:
                frame.rest = rest
        self._params(frame, settings)
        return self._results(frame, expose)

    def _results(self, frame: Frame, expose: Any = None) -> Outputs:
        last = next(reversed(frame.spec["nodes"]))
        said = expose if expose is not None else frame.spec.get("outputs", last)
        if isinstance(said, str):
            return {"": self._one(frame, said)}
        if isinstance(said, list):
            found = [each for ref in said for each in self._all(frame, ref)]
            return {str(number): each for number, each in enumerate(found)}
        return {name: self._one(frame, ref) for name, ref in said.items()}

    # -- references -------------------------------------------------------------------------------------

    def _one(self, frame: Frame, ref: str) -> Any:
        (found,) = self._all(frame, ref)
        return found

    def _all(self, frame: Frame, ref: str) -> list[Any]:
        """What a reference names; several for `node.*`."""
        name, *steps = ref.split(".")
        if name in frame.fed:
            return [frame.fed[name]]
        if name not in frame.spec["nodes"]:
            assert frame.body, ref
            assert frame.lexical is not None
            return self._all(frame.lexical, ref)
        done = self._node(frame, name)
        if done.copies is not None and steps and (steps[0] == "*" or steps[0].isdigit()):
            step, steps = steps[0], steps[1:]
            if step == "*":
                return [port_of(each, steps) for each in done.copies]
            return [port_of(done.copies[int(step)], steps)]
        if len(steps) > 1 or (steps and steps[0] not in done.outputs):
            return [self.seen[f"{frame.path}{ref}"]]  # `expose`, by a path into it
        return [port_of(done.outputs, steps)]

    # -- nodes ------------------------------------------------------------------------------------------

    def _node(self, frame: Frame, name: str) -> Done:
        if name not in frame.done:
            frame.done[name] = self._computed(frame, name)
            if frame.path is not None:
                self._note(f"{frame.path}{name}", frame.done[name].outputs)
                for number, each in enumerate(frame.done[name].copies or ()):
                    self._note(f"{frame.path}{name}.{number}", each)
        return frame.done[name]

    def _note(self, path: str, outputs: Outputs) -> None:
        for port, each in outputs.items():
            self.seen[f"{path}.{port}" if port else path] = each

    def _computed(self, frame: Frame, name: str) -> Done:
        node = frame.spec["nodes"][name]
        node = {"block": node} if isinstance(node, str) else node
        weights = f"{frame.weights}{name}"
        given = frame.given()
        if "share" in node:
            self._node(frame, node["share"])  # where a module is its own is run, read or not
            other = frame.spec["nodes"][node["share"]]
            own = {"block": other} if isinstance(other, str) else dict(other)
            node = {key: each for key, each in own.items() if key not in ("from", "when")} | {
                key: each for key, each in node.items() if key != "share"
            }
            weights = f"{frame.weights}{frame.spec['nodes'][name]['share']}"
        block = self._block(frame, node["block"])
        names, variadic = inputs_of(self._inside(block))
        looped = "repeat" in node or "for" in node
        gone = not valued(node.get("when", True), frame.names, given)
        if gone or (looped and not list(self._loops(frame, node, {}))):
            fed, _ = self._fed(frame, name, node, names, variadic, handed_on=outputs_of(block))
            first = fed.get(names[0]) if names else None
            return Done(left_out(block, fed, first), None if gone else [])
        fed, zipped = self._fed(frame, name, node, names, variadic)
        path = None if frame.path is None else f"{frame.path}{name}"
        if "share" in frame.spec["nodes"][name]:
            path = None
        loops = list(self._loops(frame, node, zipped))
        assert zipped or "parallel" not in node or {"repeat", "for"} & node.keys(), name
        single = not ("repeat" in node or "for" in node or zipped)
        shared = isinstance(node.get("repeat"), Mapping) and valued(
            node["repeat"].get("share", False), frame.names, given
        )
        of_copies = [weights] if single or shared else [f"{weights}.{n}" for n in range(len(loops))]
        for own_weight, other in node.get("tie", {}).items():
            self.tied += [(f"{each}.{own_weight}", f"{frame.weights}{other}") for each in of_copies]
        if single:
            ((names_here),) = loops
            if "scan" in node:
                return Done(self._scanned(frame, node, block, names_here, fed, weights))
            return Done(self._run(frame, block, node, names_here, fed, path, weights))
        parallel = zipped or valued(node.get("parallel", False), frame.names, given)
        copies: list[Outputs] = []
        for number, names_of in enumerate(loops):
            now = fed | {port: each[number] for port, each in zipped.items()}
            outputs = self._run(
                frame,
                block,
                node,
                names_of,
                dict(now),
                None if path is None else f"{path}.{number}",
                weights if shared else of_copies[number],
            )
            copies.append(outputs)
            if not parallel:
                fed = fed | {port: each for port, each in outputs.items() if port in names}
                if list(outputs) == [""] and names and not variadic:
                    fed[names[0]] = outputs[""]
        return Done(copies[-1], copies)

    def _loops(
        self, frame: Frame, node: Mapping[str, Any], zipped: Mapping[str, list[Any]]
    ) -> Iterator[dict[str, Any]]:
        """The names that each copy sees beside the others; of a node without copies: none, once."""
        given = frame.given()
        if "for" in node:
            lists = valued(node["for"], frame.names, given)
            for number, values in enumerate(zip(*lists.values(), strict=True)):
                yield {**dict(zip(lists, values, strict=True)), "index": number}
        elif "repeat" in node:
            times = valued(node["repeat"], frame.names, given)
            times = times["times"] if isinstance(times, Mapping) else times
            yield from ({"index": number} for number in range(times))
        elif zipped:
            yield from ({"index": number} for number in range(len(next(iter(zipped.values())))))
        else:
            yield {}

    def _fed(
        self,
        frame: Frame,
        name: str,
        node: Mapping[str, Any],
        names: list[str],
        variadic: bool,
        handed_on: Collection[str] | None = None,
    ) -> tuple[Fed, dict[str, list[Any]]]:
        """What goes to the inputs; apart, what goes to each copy by its number.

        handed_on: of a node that is left out, its outputs; nothing is read but what stands for them.
        """
        refs = read_by(frame, name, node, names, variadic)
        fed: Fed = {}
        zipped: dict[str, list[Any]] = {}
        for port, ref in refs.items():
            if handed_on is not None and port not in (names[0], *handed_on):
                continue
            many = [ref] if isinstance(ref, str) else ref
            many = many if handed_on is None else many[:1]
            found = [each for one in many for each in self._all(frame, one)]
            if isinstance(ref, str) and ref.split(".")[1:2] == ["*"] and "parallel" in node:
                zipped[port] = [[each] for each in found] if variadic else found
            elif variadic and port == names[0]:
                fed[port] = [each for each in found if each is not None]
            elif found != [None]:  # what is left out is not fed
                (fed[port],) = found
        return fed, zipped

    def _scanned(
        self,
        frame: Frame,
        node: Mapping[str, Any],
        block: Any,
        names: dict[str, Any],
        fed: Fed,
        weights: str,
    ) -> Outputs:
        form = valued(node["scan"], frame.names, frame.given())
        over = form.get("over") if isinstance(form, Mapping) else form
        dim = form.get("dim", 1) if isinstance(form, Mapping) else 1
        over = [over] if isinstance(over, str) else over
        state, pieces = dict(fed), dict[str, list[torch.Tensor]]()
        carried: Outputs = {}
        for step in range(fed[over[0]].shape[dim]):
            state |= {port: fed[port].select(dim, step) for port in over}
            outputs = self._run(frame, block, node, names, dict(state), None, weights)
            carried = {port: each for port, each in outputs.items() if port in fed}
            state |= carried
            for port in outputs.keys() - carried.keys():
                pieces.setdefault(port, []).append(outputs[port])
        return carried | {port: torch.stack(each, dim) for port, each in pieces.items()}

    # -- blocks -----------------------------------------------------------------------------------------

    def _block(self, frame: Frame, name: Any) -> Any:
        """A name of a block in the catalogue, a composite with its frame, or a body as a Value."""
        name = valued(name, frame.names, frame.given())
        if name is None:  # of a node that is left out
            return Value(None, frame, {})
        if isinstance(name, Value):
            if isinstance(name.written, str):
                return self._block(name.frame, name.written)
            return name
        level: Frame | None = frame
        while level is not None:
            if name in level.spec.get("blocks", {}):
                return level.spec["blocks"][name], level
            level = level.lexical
        return name if name in BLOCKS else (file_of(name), None)

    def _run(
        self,
        frame: Frame,
        block: Any,
        node: Mapping[str, Any],
        loop: Mapping[str, Any],
        fed: Fed,
        path: str | None,
        weights: str,
    ) -> Outputs:
        names = {**frame.names, **loop}
        given = frame.given()
        if isinstance(block, Value):
            return self._body(block, loop, fed, path, weights, frame)
        settings = {key: each for key, each in node.items() if key not in NODE_KEYS}
        own = settings_of(block)
        settings |= {name: each for name, each in loop.items() if name != "index" and name in own}
        if isinstance(block, str):
            shapes = shape_settings(BLOCKS[block])
            rest = frame.rest
            values = {
                key: shaped(each, names, rest)
                if key in shapes and isinstance(each, list)
                else valued(each, names, given)
                for key, each in settings.items()
            }
            return computed_leaf(block, values, flat(fed), self.weights, weights, self.bounds)
        spec, lexical = block
        blocks = {key for key, form in own.items() if kind_of(form) == "block"}
        values = {
            key: handed(each, frame, names) if key in blocks else valued(each, names, given)
            for key, each in settings.items()
        }
        inner = None if path is None else f"{path}."
        return self._composite(spec, lexical, values, fed, inner, f"{weights}.")

    def _inside(self, block: Any) -> Any:
        """The block of a node that is handed as a setting: that has the inputs."""
        while isinstance(block, Value) and "block" in (block.written or ()):
            block = self._block(around(block), block.written["block"])
        return block

    def _body(
        self,
        value: Value,
        loop: Mapping[str, Any],
        fed: Fed,
        path: str | None,
        weights: str,
        user: Frame,
    ) -> Outputs:
        """A node without `from`, or a mapping of nodes, applied to x."""
        written = value.written
        if "block" in written:
            inner = around(value)
            block = self._block(inner, written["block"])
            return self._run(inner, block, written, {}, fed, path, weights)
        # Its nodes stand in the node itself, beside those of the block that runs it.
        spliced = "index" not in loop
        prefix = user.path if spliced else None if path is None else f"{path}."
        frame = Frame(
            {"nodes": written},
            value.frame,
            True,
            prefix,
            user.weights if spliced else f"{weights}.",
            {"x": fed["x"]},
        )
        frame.names, frame.rest = dict(value.names), value.frame.rest
        return {"": self._results(frame)[""]}
