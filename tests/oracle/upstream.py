"""Upstream's S3Token2Wav (PyPI chatterbox-tts, and the copy of it in chatterbox-vllm), its own code, at any size.

Only the constructors that S3Token2Wav calls are given other sizes; no upstream module is replaced or edited.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import sys
import types
import warnings
from dataclasses import dataclass
from unittest import mock



@dataclass(frozen=True)
class Sizes:
    """Dimensions of a model; the defaults are the published ones."""

    tokenizer_width: int = 1280  # heads are 64 wide, upstream's rotary table fixes that
    tokenizer_blocks: int = 6
    speaker_channels: int = 32
    speaker_growth: int = 32
    speaker_bottleneck: int = 4
    speaker_start: int = 128
    embedding: int = 192
    encoder_width: int = 512
    encoder_heads: int = 8
    encoder_hidden: int = 2048
    encoder_blocks: int = 6
    encoder_up_blocks: int = 4
    estimator_width: int = 256
    estimator_heads: int = 8
    estimator_head_dim: int = 64
    estimator_blocks: int = 4
    estimator_mid: int = 12
    vocoder_width: int = 512
    harmonics: int = 8
    f0_width: int = 512


def _stub(name, **attributes):
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__dict__.update(attributes)
    return module


def _without_package_init(name):
    """A package whose __init__ does not run: chatterbox's imports gradio, transformers and more."""
    locations = list(importlib.util.find_spec(name).submodule_search_locations)
    package = _stub(name)
    package.__path__ = locations
    return package


def _settings(values):
    """omegaconf's DictConfig, as far as S3Gen asks."""
    return types.SimpleNamespace(**values)


def module(name, package="chatterbox"):
    """Upstream's module <package>.models.<name>."""
    if package not in sys.modules:
        sys.modules[package] = _without_package_init(package)
    # s3tokenizer imports onnx for a converter, flow.py omegaconf for settings.
    omegaconf = _stub("omegaconf", DictConfig=_settings, OmegaConf=types.SimpleNamespace(create=_settings))
    unused = {"onnx": _stub("onnx"), "omegaconf": omegaconf}
    missing = {key: stub for key, stub in unused.items() if key not in sys.modules}
    sys.modules.update(missing)
    try:
        return importlib.import_module(f"{package}.models.{name}")
    finally:
        for key in missing:
            del sys.modules[key]


def _tokenizer(sizes, original, name):
    from s3tokenizer.model_v2 import ModelConfig, S3TokenizerV2

    config = ModelConfig(
        n_audio_state=sizes.tokenizer_width,
        n_audio_head=sizes.tokenizer_width // 64,
        n_audio_layer=sizes.tokenizer_blocks,
    )
    # S3Tokenizer does not hand its config on to the class it extends, which then takes its default.
    with mock.patch.object(S3TokenizerV2.__init__, "__defaults__", (config,)):
        return original(name)


def _speaker_encoder(sizes, original, **arguments):
    fcm = sys.modules[original.__module__].FCM
    block, num_blocks, _, feat_dim = fcm.__init__.__defaults__
    # CAMPPlus gives its head no width to choose
    with mock.patch.object(fcm.__init__, "__defaults__", (block, num_blocks, sizes.speaker_channels, feat_dim)):
        return original(
            embedding_size=sizes.embedding,
            growth_rate=sizes.speaker_growth,
            bn_size=sizes.speaker_bottleneck,
            init_channels=sizes.speaker_start,
            **arguments,
        )


def _encoder(sizes, original, **arguments):
    part = sys.modules[original.__module__]
    width = sizes.encoder_width
    arguments |= dict(
        input_size=width,
        output_size=width,
        attention_heads=sizes.encoder_heads,
        linear_units=sizes.encoder_hidden,
        num_blocks=sizes.encoder_blocks,
    )
    encoder = original(**arguments)
    encoder.pre_lookahead_layer = part.PreLookaheadLayer(channels=width, pre_lookahead_len=3)
    encoder.up_layer = part.Upsample1D(channels=width, out_channels=width, stride=2)
    encoder.up_encoders = encoder.up_encoders[: sizes.encoder_up_blocks]
    return encoder


def _estimator(sizes, original, **arguments):
    arguments |= dict(
        channels=[sizes.estimator_width],
        attention_head_dim=sizes.estimator_head_dim,
        n_blocks=sizes.estimator_blocks,
        num_mid_blocks=sizes.estimator_mid,
        num_heads=sizes.estimator_heads,
    )
    return original(**arguments)


def _flow(sizes, original, **arguments):
    return original(input_size=sizes.encoder_width, spk_embed_dim=sizes.embedding, **arguments)


def _vocoder(sizes, original, **arguments):
    return original(base_channels=sizes.vocoder_width, nb_harmonics=sizes.harmonics, **arguments)


def _f0_predictor(sizes, original):
    return original(cond_channels=sizes.f0_width)


@contextlib.contextmanager
def _constructors_of(s3gen, sizes):
    sized = {
        "S3Tokenizer": _tokenizer,
        "CAMPPlus": _speaker_encoder,
        "UpsampleConformerEncoder": _encoder,
        "ConditionalDecoder": _estimator,
        "CausalMaskedDiffWithXvec": _flow,
        "HiFTGenerator": _vocoder,
        "ConvRNNF0Predictor": _f0_predictor,
    }

    def bind(constructor, original):
        return lambda *positional, **named: constructor(sizes, original, *positional, **named)

    patches = {name: bind(constructor, getattr(s3gen, name)) for name, constructor in sized.items()}
    with mock.patch.multiple(s3gen, **patches):
        yield


def build(sizes, meanflow=False, package="chatterbox"):
    """An S3Token2Wav of these sizes in evaluation mode, with PyTorch's default initialisation."""
    s3gen = module("s3gen.s3gen", package)
    variant = {"meanflow": True} if meanflow else {}
    with _constructors_of(s3gen, sizes), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # diffusers announces what it will drop
        return s3gen.S3Token2Wav(**variant).eval()


def sizes_of(config):
    """Sizes of a checkpoint described by a JSON like resources/demo_voice/s3gen_demo.config.json."""
    tokenizer, speaker, encoder = config["tokenizer"], config["speaker_encoder"], config["encoder"]
    estimator, vocoder = config["decoder"], config["mel2wav"]
    return Sizes(
        tokenizer_width=tokenizer["n_audio_state"],
        tokenizer_blocks=tokenizer["n_audio_layer"],
        speaker_channels=speaker["m_channels"],
        speaker_growth=speaker["growth_rate"],
        speaker_bottleneck=speaker["bn_size"],
        speaker_start=speaker["init_channels"],
        embedding=speaker["embedding_size"],
        encoder_width=encoder["output_size"],
        encoder_heads=encoder["attention_heads"],
        encoder_hidden=encoder["linear_units"],
        encoder_blocks=encoder["num_blocks"],
        encoder_up_blocks=encoder["up_blocks"],
        estimator_width=estimator["channels"][0],
        estimator_heads=estimator["num_heads"],
        estimator_head_dim=estimator["attention_head_dim"],
        estimator_blocks=estimator["n_blocks"],
        estimator_mid=estimator["num_mid_blocks"],
        vocoder_width=vocoder["base_channels"],
        harmonics=vocoder["nb_harmonics"],
        f0_width=vocoder["f0_cond_channels"],
    )
