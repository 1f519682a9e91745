"""Specs of the zoo that are a formula, against that formula in plain torch; objectives among them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from architectures import inputs, model
from netwright import composer, specs


def compiled(name: str, preset: str | None = None, **params: Any) -> Any:
    return composer.compile(specs.load(name, preset=preset, set=params), seed=0).eval()


def test_softmax_regression_says_logits_and_their_softmax() -> None:
    made: Any = model("softmax_regression")
    (x,) = inputs("softmax_regression")
    with torch.no_grad():
        found = made(x)
        expected = x @ made.logits.weight.T + made.logits.bias
    torch.testing.assert_close(found["logits"], expected)
    torch.testing.assert_close(found["probabilities"], expected.softmax(1))


def test_a_rectangular_matrix_of_any_depth_is_read_at_its_entries() -> None:
    made = compiled("deep_linear", sizes=[3, 4, 5])
    matrix = made.factors[0].weight @ made.first
    rows, columns = torch.tensor([0, 4, 2]), torch.tensor([2, 0, 1])
    found = made(rows, columns)
    torch.testing.assert_close(found["matrix"], matrix)
    torch.testing.assert_close(found["entries"], matrix[rows, columns])
    flat = compiled("deep_linear", sizes=[3, 5])
    torch.testing.assert_close(flat(rows, columns)["matrix"], flat.first)


def test_alexnet_of_2012_normalises_and_works_in_halves() -> None:
    made = compiled("alexnet", "original", hidden=8, classes=3)
    assert made.conv2.conv.groups == made.conv4.conv.groups == made.conv5.conv.groups == 2
    assert made.conv3.conv.groups == 1
    x = torch.rand(2, 3, 70, 70)
    with torch.no_grad():
        expected = functional.conv2d(x, made.conv1.conv.weight, made.conv1.conv.bias, 4, 2).relu()
        expected = functional.local_response_norm(expected, 5, k=2.0)
        torch.testing.assert_close(made.conv1(x), functional.max_pool2d(expected, 3, 2))


def test_vgg_normalises_between_convolution_and_activation() -> None:
    made = compiled("vgg", "vgg11_bn", hidden=8, classes=3)
    x = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        layer = made.stages[0].convs[0]
        torch.testing.assert_close(layer(x), layer.norm(layer.conv(x)).relu())


def test_swin_shifts_the_windows_of_every_second_layer() -> None:
    made: Any = model("swin")
    x = torch.randn(2, 8, 8, 16)
    plain, shifted = (made.stages[1].layers[at].attend.attention for at in (0, 1))

    def windows(grid: Tensor) -> Tensor:
        return grid.reshape(2, 2, 4, 2, 4, 16).transpose(2, 3).reshape(8, 16, 16)

    def grid(cut: Tensor) -> Tensor:
        return cut.reshape(2, 2, 2, 4, 4, 16).transpose(2, 3).reshape(2, 8, 8, 16)

    with torch.no_grad():
        torch.testing.assert_close(plain(x), grid(plain.attend(windows(x))))
        rolled = x.roll((-2, -2), (1, 2))
        mask = shifted.mask(rolled)
        found = grid(shifted.attend(windows(rolled), mask)).roll((2, 2), (1, 2))
        torch.testing.assert_close(shifted(x), found)
    assert not hasattr(plain, "mask")


def test_sample_skips_grow_with_the_depth() -> None:
    made = compiled("convnext", depths=[1, 3], widths=[8, 12], drop=0.3)
    source = composer.emit(
        specs.load("convnext", set={"depths": [1, 3], "widths": [8, 12], "drop": 0.3})
    )
    assert not hasattr(made.stages[0].blocks[0], "drop")
    assert "0.3" in source
    assert "0.1" in source


def test_a_linear_autoencoder_spans_the_principal_components() -> None:
    torch.manual_seed(0)
    data = torch.randn(200, 8) * torch.tensor([4.0, 3.0, 2.5, 1.0, 0.7, 0.5, 0.3, 0.1])
    data = data @ torch.linalg.qr(torch.randn(8, 8))[0]
    data = data - data.mean(0)
    made = compiled("autoencoder", "linear", sizes=[8, 3])
    optimizer = torch.optim.LBFGS(made.parameters(), max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        error = functional.mse_loss(made(data)["reconstruction"], data)
        error.backward()
        return error

    optimizer.step(loss)
    components = torch.linalg.svd(data, full_matrices=False)[2][:3]
    learned = torch.linalg.qr(made.decoder[0].linear.weight.detach())[0]
    torch.testing.assert_close(learned @ learned.T, components.T @ components, atol=1e-3, rtol=0)


def test_the_code_is_read_before_any_activation() -> None:
    made = compiled("autoencoder", sizes=[6, 5, 2])
    x = torch.randn(4, 6)
    with torch.no_grad():
        code = made.encoder[1].linear(made.encoder[0].linear(x).relu())
        torch.testing.assert_close(made(x)["code"], code)
        back = made.decoder[1].linear(made.decoder[0].linear(code).relu())
        torch.testing.assert_close(made(x)["reconstruction"], back)


def _levels(schedule: str, steps: int) -> Tensor:
    """How much of an image's variance is left after each step, as the papers have it."""
    if schedule == "linear":
        betas = torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)
    else:

        def level(t: float) -> float:
            return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

        betas = torch.tensor(
            [min(1 - level((t + 1) / steps) / level(t / steps), 0.999) for t in range(steps)],
            dtype=torch.float64,
        )
    return torch.cumprod(1 - betas, 0).float()


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_noising_mixes_by_the_schedule(schedule: str) -> None:
    made = compiled("noising", schedule, channels=2)
    timestep = torch.tensor([0, 1, 499, 998, 999])
    image, noise = torch.randn(2, 5, 2, 3, 4)
    level = _levels(schedule, 1000)[timestep].reshape(-1, 1, 1, 1)
    expected = level.sqrt() * image + (1 - level).sqrt() * noise
    torch.testing.assert_close(made(image, noise, timestep), expected, atol=1e-4, rtol=1e-3)


def test_dit_begins_as_the_identity_and_unpatchifies_in_place() -> None:
    made = model("dit")
    image, timestep, label = inputs("dit")
    assert not made(image, timestep, label).any()
    layer: Any = made.get_submodule("layers.0")
    x, condition = torch.randn(2, 16, 16), torch.randn(2, 16)
    torch.testing.assert_close(layer(x, condition), x)
    unpatchify: Any = made.get_submodule("noise")
    tokens = torch.arange(2 * 16 * 32.0).reshape(2, 16, 32)
    found = unpatchify(tokens)
    assert found.shape == (2, 8, 8, 8)
    # The token of row 1, column 2 has the pixels of rows 2-3, columns 4-5; channels come last in it.
    torch.testing.assert_close(
        found[0, :, 2:4, 4:6], tokens[0, 6].reshape(2, 2, 8).permute(2, 0, 1)
    )


def test_dit_layers_scale_shift_and_gate() -> None:
    made = model("dit")
    generator = torch.Generator().manual_seed(0)
    for parameter in made.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
    layer: Any = made.get_submodule("layers.0")
    x, condition = torch.randn(2, 16, 16), torch.randn(2, 16)
    with torch.no_grad():
        parts = layer.modulation(functional.silu(condition)).unsqueeze(1).chunk(6, -1)
        normed = functional.layer_norm(x, [16], eps=1e-6) * (1 + parts[1]) + parts[0]
        attended = x + parts[2] * layer.attention(normed)
        normed = functional.layer_norm(attended, [16], eps=1e-6) * (1 + parts[4]) + parts[3]
        fed = layer.down(functional.gelu(layer.up(normed), approximate="tanh"))
        torch.testing.assert_close(layer(x, condition), attended + parts[5] * fed)


def test_dit_places_patches_by_column_then_row() -> None:
    made = model("dit")
    placed: Any = made.get_submodule("placed")
    found = placed(torch.zeros(1, 16, 16))[0].reshape(4, 4, 16)
    waves = torch.tensor([1 / 10000 ** (each / 4) for each in range(4)])
    for row, column in ((0, 0), (1, 3), (2, 1)):
        angles = [column * waves, row * waves]
        expected = torch.cat([part for each in angles for part in (each.sin(), each.cos())])
        torch.testing.assert_close(found[row, column], expected)


def test_char_lstm_hands_on_its_state() -> None:
    made = model("char_lstm")
    tokens, h, c = inputs("char_lstm")
    with torch.no_grad():
        whole = made(tokens, h, c)
        first = made(tokens[:, :2], h, c)
        second = made(tokens[:, 2:], first["h"], first["c"])
    torch.testing.assert_close(torch.cat([first["logits"], second["logits"]], 1), whole["logits"])
    torch.testing.assert_close(second["h"], whole["h"])


def test_seq2seq_decodes_from_the_last_state_of_each_source() -> None:
    made: Any = model("seq2seq")
    source, target, _ = inputs("seq2seq")
    lengths = torch.tensor([7, 3])
    with torch.no_grad():
        found = made(source, target, lengths)
        state = made.encoder(made.embed_source(source[1:, :3]))[1]
        steps = made.decoder(made.embed_target(target[1:]), state)[0]
        torch.testing.assert_close(found[1:], made.logits(steps))


def test_captioner_reads_the_image_as_the_first_word() -> None:
    made: Any = model("captioner")
    image, caption = inputs("captioner")
    with torch.no_grad():
        word = made.image_word(made.encoder(image))
        read = torch.cat([word[:, None], made.words(caption)], 1)
        torch.testing.assert_close(made(image, caption), made.logits(made.decoder(read)[0]))
    assert not hasattr(made.encoder, "logits")


# -- objectives ------------------------------------------------------------------------------------------


def test_classification_is_the_cross_entropy_of_its_model() -> None:
    made: Any = model("classification")
    image, label = inputs("classification")
    with torch.no_grad():
        found = made(image, label)
        logits = made.classifier(image)
    torch.testing.assert_close(found["logits"], logits)
    torch.testing.assert_close(found["loss"], functional.cross_entropy(logits, label))


def test_reconstruction_compares_with_what_came_in() -> None:
    made: Any = model("reconstruction")
    (x,) = inputs("reconstruction")
    with torch.no_grad():
        found = made(x)
        torch.testing.assert_close(found["reconstruction"], made.model(x)[0])
        torch.testing.assert_close(found["loss"], (found["reconstruction"] - x).square().mean())


def test_denoising_reads_noise_and_is_compared_with_none() -> None:
    made: Any = model("denoising")
    image, noise = inputs("denoising")
    with torch.no_grad():
        found = made(image, noise)
        expected = made.model(image + 0.5 * noise)
        torch.testing.assert_close(found["image"], expected)
        torch.testing.assert_close(found["loss"], (expected - image).square().mean())


def test_elbo_is_reconstruction_and_divergence_in_nats() -> None:
    made: Any = compiled("elbo", features=12, latent=4, beta=3)
    x, noise = torch.rand(5, 12), torch.randn(5, 4)
    with torch.no_grad():
        found = made(x, noise)
        logits, mean, logvar = made.model(x, noise)
    likelihood = torch.distributions.Bernoulli(logits=logits, validate_args=False).log_prob(x)
    posterior = torch.distributions.Normal(mean, (logvar / 2).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    divergence = torch.distributions.kl_divergence(posterior, prior).sum(1).mean()
    torch.testing.assert_close(found["reconstruction"], -likelihood.sum(1).mean())
    torch.testing.assert_close(found["divergence"], divergence)
    torch.testing.assert_close(found["loss"], found["reconstruction"] + 3 * divergence)


def test_the_two_sides_of_a_gan_want_the_opposite() -> None:
    discriminating: Any = model("gan_discriminator_loss")
    image, noise = inputs("gan_discriminator_loss")
    with torch.no_grad():
        real = discriminating.discriminator(image).sigmoid()
        made = discriminating.discriminator(discriminating.generator(noise)).sigmoid()
        loss = discriminating(image, noise)
    torch.testing.assert_close(loss, -real.log().mean() - (1 - made).log().mean())
    generating: Any = model("gan_generator_loss")
    with torch.no_grad():
        found = generating(noise)
        image = generating.generator(noise)
        score = generating.discriminator(image).sigmoid()
    torch.testing.assert_close(found["image"], image)
    torch.testing.assert_close(found["loss"], -score.log().mean())


def test_denoising_diffusion_is_the_error_of_the_noise_that_is_said() -> None:
    made: Any = model("denoising_diffusion")
    image, noise, timestep = inputs("denoising_diffusion")
    with torch.no_grad():
        said = made.model(made.noisy(image, noise, timestep), timestep)
        torch.testing.assert_close(made(image, noise, timestep), (said - noise).square().mean())


def test_matrix_completion_counts_what_is_known() -> None:
    made: Any = model("matrix_completion")
    rows, columns, entries = inputs("matrix_completion")
    with torch.no_grad():
        found = made(rows, columns, entries)
    expected = (found["matrix"][rows, columns] - entries).square().mean()
    torch.testing.assert_close(found["loss"], expected)


def test_matrix_completion_takes_another_loss() -> None:
    settings: dict[str, Any] = {"sizes": [5, 4, 6], "loss": "l1_loss"}
    made = compiled("matrix_completion", **settings)
    rows, columns, entries = torch.tensor([0, 5]), torch.tensor([4, 1]), torch.tensor([2.0, -1.0])
    with torch.no_grad():
        found = made(rows, columns, entries)
    expected = (found["matrix"][rows, columns] - entries).abs().mean()
    torch.testing.assert_close(found["loss"], expected)
