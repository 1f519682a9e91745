"""Faulty plugins as outsiders write them, and what their users must be told.

The files of each stand in the folder `faulty/NAME`. Installed ones get the metadata that pip would have
written; single files are named with `--plugin`. A line with `# <- fault` is the one to be named.
"""

from __future__ import annotations

from installing import Fault, Installed


def _installed(
    namespace: str,
    description: str,
    *words: str,
    target: str = "",
    requires: tuple[str, ...] = (),
    command: tuple[str, ...] = ("check",),
    statuses: tuple[int, ...] = (1,),
    is_json: bool = False,
) -> Fault:
    """The usual case: one installed plugin, of which a spec uses the block `scaled`."""
    return Fault(
        description,
        (namespace, *words),
        f"{namespace}/scaled",
        (Installed(namespace, target, requires=requires),),
        command=command,
        statuses=statuses,
        is_json=is_json,
    )


TRY = ("compile", "--try")
MAKE = ("compile",)

FAULTS: dict[str, Fault] = {
    # While it is imported
    "raises_at_import": _installed(
        "blasted",
        "the import raises",
        "1.4",
        "RuntimeError",
        "the licence of blasted has run out",
    ),
    "dependency_missing": _installed(
        "hungry", "the import needs a library that is not there", "a_library_of_the_author"
    ),
    "exits_at_import": _installed(
        "leaver", "the import ends the program, with success", "SystemExit"
    ),
    "syntax_error": _installed("garbled", "the file is no Python", "never closed"),
    "own_kind_of_exception": _installed(
        "stubborn", "the import raises a BaseException whose text raises", "Stubborn"
    ),
    "long_message": _installed(
        "talker", "the import raises a text of thousands of lines", "line 0 of what went wrong"
    ),
    "module_missing": _installed(
        "gone",
        "the entry point names a module that is not there",
        "gone_hooks",
        target="gone_hooks",
    ),
    "attribute_missing": _installed(
        "halfway",
        "the entry point names an object that is not there",
        "hooks",
        target="halfway_plugin:hooks",
    ),
    "torch_at_the_top": _installed(
        "topheavy", "it works, and imports torch for a check", "torch", statuses=(0, 1)
    ),
    "prints_at_import": _installed(
        "chatty",
        "it prints on standard output, where others read JSON",
        command=("check", "--json"),
        statuses=(0,),
        is_json=True,
    ),
    "deletes_built_in_blocks": _installed(
        "vandal", "it takes a built-in block away that the spec needs as well", statuses=(0, 1)
    ),
    # Hooks
    "misspelt_hook": _installed(
        "typing", "a letter is missing in the hook's name", "register_block", "register_blocks"
    ),
    "forgotten_marker": _installed("shy", "the hook is not marked", "@hookimpl"),
    "marker_of_another_project": _installed(
        "stray", "the hook is marked for another project", "hookimpl", "netwright"
    ),
    "hook_with_argument": _installed(
        "asking", "the hook asks for an argument that no hook has", "register_blocks", "catalogue"
    ),
    "hook_raises": _installed("tripping", "the hook raises", "KeyError", "scaled"),
    "hook_gives_a_list": _installed(
        "listing", "the hook returns a list", "register_blocks", "list", "mapping"
    ),
    "hook_gives_nothing": _installed(
        "empty", "the hook forgets to return", "register_blocks", "None"
    ),
    "hook_yields": _installed("lazy", "the hook yields", "register_blocks", "generator"),
    # What is registered
    "block_is_none": _installed("hollow", "a block is None", "scaled", "None"),
    "name_is_a_number": _installed("numbering", "a block's name is a number", "2"),
    "name_with_a_blank": Fault(
        "a block's name has a blank in it",
        ("spaced", "scaled linear"),
        "spaced/scaled",
        (Installed("spaced"),),
    ),
    "name_of_another_namespace": _installed(
        "grabbing", "a block's name is in another's namespace", "mamba/mixer"
    ),
    "no_block": _installed("plain", "a class that does not derive from Block", "scaled", "Block"),
    "made_already": _installed(
        "eager", "an object in place of a class", "scaled", "Scaled", "class"
    ),
    "index_without_module": _installed(
        "pointing", "the index names a module that is not there", "scaled", "pointing_blocks"
    ),
    "index_without_class": _installed(
        "aiming", "the index names a class that is not there", "scaled", "Scalled"
    ),
    "index_without_colon": _installed(
        "dotted", "the index names a class without a colon", "scaled", "dotted_blocks.Scaled"
    ),
    "index_names_a_module_of_torch": _installed(
        "direct", "the index names a class of torch", "scaled", "torch.nn:Linear", "Block"
    ),
    "index_names_a_broken_module": _installed(
        "deep", "the module of a block fails when it is first used", "scaled", "KeyError", "double"
    ),
    "composite_is_no_yaml": _installed(
        "sketchy", "the spec file of a block is broken", "scaled", "sketch.yaml:"
    ),
    "composite_is_missing": _installed(
        "absent", "the spec file of a block was not packed", "scaled", "absent.yaml"
    ),
    "composite_has_a_wrong_key": _installed(
        "keyed", "the spec file of a block has an unknown key", "scaled", "keyed.yaml:2", "input"
    ),
    "composite_names_no_block": _installed(
        "naming", "the spec file of a block uses a block that is not there", "linnear"
    ),
    "composite_does_not_fit": _installed(
        "skewed", "the spec file of a block never fits together", "add", "[batch, 8]"
    ),
    "composite_uses_itself": _installed(
        "mirror", "the spec file of a block uses itself without end", "without end"
    ),
    "clash_of_namespaces": Fault(
        "two distributions claim one namespace",
        ("compass", "netwright-north", "netwright-south"),
        "compass/scaled",
        (
            Installed("compass", "north_plugin", distribution="netwright-north"),
            Installed("compass", "south_plugin", distribution="netwright-south"),
        ),
    ),
    "namespace_of_netwright": Fault(
        "a distribution claims the namespace of the built-in blocks",
        ("netwright", "usurper"),
        "relu",
        (Installed("netwright", "usurper_plugin", distribution="usurper"),),
        statuses=(0,),
    ),
    "namespace_is_no_name": Fault(
        "a namespace that cannot stand in a spec",
        ("my blocks",),
        "my blocks/scaled",
        (Installed("my blocks", "dashed_plugin", distribution="netwright-dashed"),),
    ),
    "metadata_is_lost": Fault(
        "a distribution of which the name and version are not known",
        ("nameless",),
        "nameless/scaled",
        (Installed("nameless", bare=True),),
        statuses=(0, 1),
    ),
    # Versions
    "newer_netwright": _installed(
        "futurist",
        "it asks for a newer netwright",
        "netwright",
        ">=99",
        requires=("netwright>=99",),
    ),
    "newer_torch": _installed(
        "trendy",
        "it asks for a newer torch",
        "torch",
        ">=99",
        requires=("torch>=99",),
        command=TRY,
        statuses=(0, 1),
    ),
    "requirement_is_none": _installed(
        "scribbled",
        "it asks for what is no requirement",
        requires=("netwright >>> one",),
        statuses=(0, 1),
    ),
    # Classes
    "setting_is_a_key_of_nodes": _installed(
        "keeping", "a setting bears the name of a key of nodes", "scaled", "Scaled.repeat"
    ),
    "setting_hides_a_method": _installed(
        "hiding", "a setting hides a method of the contract", "scaled", "Scaled.flops"
    ),
    "setting_of_no_known_type": _installed(
        "untyped", "the type of a setting is not imported", "scaled", "Nothing"
    ),
    "setting_of_an_impossible_type": _installed(
        "strict", "a type of a setting that pydantic refuses", "scaled", "by"
    ),
    "default_does_not_fit": _installed(
        "zero", "a default that its own type refuses", "scaled", "by", "default"
    ),
    "no_build": _installed("unfinished", "a method is missing", "scaled", "build"),
    "methods_disagree": _installed(
        "crossed", "the methods have different inputs", "scaled", "mask", "infer", "build"
    ),
    # Rules
    "infer_divides_by_zero": _installed(
        "dividing", "the rule raises for its own default", "dividing/scaled", "ZeroDivisionError"
    ),
    "infer_gives_sizes": _installed(
        "bare", "the rule returns a tuple of sizes", "bare/scaled", "infer", "Tensor"
    ),
    "infer_gives_half_a_size": _installed(
        "halving", "the rule gives a size that is a float", "halving/scaled", "4.0"
    ),
    "infer_gives_an_unknown_dtype": _installed(
        "quantised", "the rule gives a dtype that does not exist", "quantised/scaled", "float8"
    ),
    "infer_gives_a_negative_size": _installed(
        "shrinking", "the rule gives a size below 1", "shrinking/scaled", "-56"
    ),
    "infer_without_end": _installed(
        "circling", "the rule calls itself without end", "circling/scaled", "RecursionError"
    ),
    "infer_exits": _installed(
        "bailing", "the rule ends the program", "bailing/scaled", "multiple of 16"
    ),
    "infer_lies": _installed(
        "lying",
        "the rule says half of what comes out",
        "lying/scaled",
        "[2, 8]",
        "[2, 4]",
        command=TRY,
    ),
    "cautions_fail": _installed(
        "nervous", "the warnings of a block raise", "nervous/scaled", "warning"
    ),
    "build_fails": _installed(
        "stumbling", "build raises", "stumbling/scaled", "factor", command=MAKE
    ),
    "build_gives_a_number": _installed(
        "counting", "build returns a number", "counting/scaled", "build", command=MAKE
    ),
    "build_gives_torch": _installed(
        "running", "build returns a tensor", "running/scaled", "build", command=MAKE
    ),
    "torch_has_no_such_function": _installed(
        "inventing", "a function that torch does not have", "geluu", command=TRY
    ),
    "target_is_not_there": _installed(
        "losing", "a module of the plugin's own that is not there", "losing_layers", command=TRY
    ),
    # Other hooks
    "check_raises": _installed("fussy", "a rule over networks raises", "tidy", "TypeError"),
    "check_gives_texts": _installed("wordy", "a rule over networks yields texts", "tidy", "str"),
    "check_is_no_function": _installed("idle", "a rule over networks is a number", "tidy", "3"),
    "renderer_gives_text": _installed(
        "painting",
        "a format gives a text for bytes",
        "plain",
        "bytes",
        command=("render", "-o", "picture.plain"),
    ),
    "renderer_takes_svg": _installed(
        "copying", "a format takes an ending of netwright's own", "register_renderers", "svg"
    ),
    "initialiser_is_a_function": _installed(
        "filling", "an initialiser is a function", "register_initialisers", "halves"
    ),
    "spec_is_missing": Fault(
        "the file of an architecture was not packed",
        ("lost", "lm.yaml"),
        "relu",
        (Installed("lost"),),
        command=("check", "lost/lm"),
    ),
    # Single files
    "name_of_a_library": Fault(
        "a single file with the name of a library",
        ("json.py", "rename"),
        "json/scaled",
        files=("json.py",),
    ),
    "two_files_of_one_name": Fault(
        "two single files of one name",
        ("twin_blocks", "here", "there"),
        "twin_blocks/scaled",
        files=("here/twin_blocks.py", "there/twin_blocks.py"),
    ),
    "file_and_package": Fault(
        "a single file with the namespace of a plugin that is installed",
        ("owned_blocks", "netwright-owned"),
        "owned_blocks/scaled",
        (Installed("owned_blocks", "owned_plugin", distribution="netwright-owned"),),
        files=("owned_blocks.py",),
        statuses=(0, 1),
    ),
}
