"""Upstream's own classes (PyPI chatterbox-tts and s3tokenizer) in the demo voice's sizes.

The packages are found on the Python path; chatterbox's __init__ (which wants transformers and more) is not run. Where
librosa, diffusers, conformer or omegaconf are missing, stand-ins with the same names and state-dict keys take their
place: training needs only what is here, and the evaluation runs with the real ones when they are installed.
"""

import importlib
import importlib.util
import pathlib
import sys
import types

import torch
import torch.nn as nn
import torch.nn.functional as F

import features
import training

SIZES = dict(
    tokenizer=dict(n_mels=128, n_audio_state=192, n_audio_head=3, n_audio_layer=3),
    speaker_encoder=dict(m_channels=8, growth_rate=8, bn_size=2, init_channels=48, embedding_size=192),
    encoder=dict(input_size=96, output_size=96, attention_heads=3, linear_units=384, num_blocks=3, up_blocks=3),
    decoder=dict(in_channels=320, out_channels=80, causal=True, channels=[96], dropout=0.0, attention_head_dim=64,
                 n_blocks=2, num_mid_blocks=4, num_heads=2, act_fn="gelu"),
    flow=dict(vocab_size=6561, spk_embed_dim=192, pre_lookahead_len=3, token_mel_ratio=2),
    mel2wav=dict(base_channels=128, nb_harmonics=8, sampling_rate=24000, upsample_rates=[8, 5, 3],
                 upsample_kernel_sizes=[16, 11, 7], resblock_kernel_sizes=[3, 7, 11],
                 resblock_dilation_sizes=[[1, 3, 5]] * 3, source_resblock_kernel_sizes=[7, 7, 11],
                 source_resblock_dilation_sizes=[[1, 3, 5]] * 3, f0_cond_channels=96),
)
PREFIXES = dict(tokenizer="tokenizer.", speaker="speaker_encoder.", flow="flow.", hift="mel2wav.")
VOCABULARY = SIZES["flow"]["vocab_size"]
NOT_SAVED = ("tokenizer._mel_filters", "tokenizer.window")  # upstream computes these; its files lack them too


class _Gelu(nn.Module):
    def __init__(self, dim_in, dim_out, approximate="none", bias=True):
        super().__init__()
        self.proj = nn.Linear(dim_in, dim_out, bias=bias)
        self.approximate = approximate

    def forward(self, x):
        return F.gelu(self.proj(x), approximate=self.approximate)


class _Attention(nn.Module):
    def __init__(self, query_dim, heads=8, dim_head=64, dropout=0.0, bias=False, cross_attention_dim=None,
                 upcast_attention=False):
        super().__init__()
        inner = heads * dim_head
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(query_dim, inner, bias=bias) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(inner, query_dim), nn.Dropout(dropout)])

    def forward(self, hidden_states, encoder_hidden_states=None, attention_mask=None):
        batch, frames, _ = hidden_states.shape
        query, key, value = (layer(hidden_states).view(batch, frames, self.heads, -1).transpose(1, 2)
                             for layer in (self.to_q, self.to_k, self.to_v))
        mask = None if attention_mask is None else attention_mask.to(query.dtype)[:, None]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.to_out[0](mixed.transpose(1, 2).reshape(batch, frames, -1))


def _stand_in(name, **contents):
    module = types.ModuleType(name)
    module.__path__ = []
    module.__dict__.update(contents)
    sys.modules[name] = module
    return module


def _missing(name):
    return name not in sys.modules and importlib.util.find_spec(name) is None


def _fill_in_missing_packages():
    if _missing("librosa"):
        def mel(sr, n_fft, n_mels=128, fmin=0.0, fmax=None):
            return features.mel_filterbank(sr, n_fft, n_mels, fmin, fmax)
        _stand_in("librosa", filters=_stand_in("librosa.filters", mel=mel))
    if _missing("diffusers"):
        unused = type("Unused", (nn.Module,), {})
        activations = dict(silu=nn.SiLU, gelu=nn.GELU, mish=nn.Mish)
        for name in ("diffusers", "diffusers.models", "diffusers.utils"):
            _stand_in(name)
        _stand_in("diffusers.models.attention", GEGLU=unused, GELU=_Gelu, AdaLayerNorm=unused, AdaLayerNormZero=unused,
                  ApproximateGELU=unused)
        _stand_in("diffusers.models.attention_processor", Attention=_Attention)
        _stand_in("diffusers.models.lora", LoRACompatibleLinear=nn.Linear)
        _stand_in("diffusers.models.activations", get_activation=lambda name: activations[name]())
        _stand_in("diffusers.utils.torch_utils", maybe_allow_in_graph=lambda layer: layer)
    if _missing("conformer"):
        _stand_in("conformer", ConformerBlock=nn.Module)
    if _missing("omegaconf"):
        _stand_in("omegaconf", DictConfig=dict)


def module(name):
    """Upstream's module chatterbox.models.<name>."""
    if "chatterbox" not in sys.modules:
        _fill_in_missing_packages()
        spec = importlib.util.find_spec("chatterbox")
        if spec is None:
            raise SystemExit("chatterbox is not on the Python path: pip install --no-deps chatterbox-tts s3tokenizer")
        for package in ("chatterbox", "chatterbox.models"):
            root = pathlib.Path(next(iter(spec.submodule_search_locations)))
            _stand_in(package).__path__ = [str(root.joinpath(*package.split(".")[1:]))]
    return importlib.import_module(f"chatterbox.models.{name}")


def build_tokenizer():
    from s3tokenizer.model_v2 import ModelConfig, S3TokenizerV2
    config = ModelConfig(**SIZES["tokenizer"])
    # Upstream's S3Tokenizer does not hand its configuration on to the class it extends: change the default there.
    defaults = S3TokenizerV2.__init__.__defaults__
    S3TokenizerV2.__init__.__defaults__ = (config,)
    try:
        return module("s3tokenizer").S3Tokenizer("speech_tokenizer_v2_25hz", config)
    finally:
        S3TokenizerV2.__init__.__defaults__ = defaults


def build_speaker():
    xvector = module("s3gen.xvector")
    sizes = dict(SIZES["speaker_encoder"])
    channels = sizes.pop("m_channels")
    network = xvector.CAMPPlus(memory_efficient=False, **sizes)
    network.head = xvector.FCM(m_channels=channels, feat_dim=80)
    network.xvector.tdnn = xvector.TDNNLayer(
        channels * 10, sizes["init_channels"], 5, stride=2, dilation=1, padding=-1, config_str="batchnorm-relu")
    nn.init.kaiming_normal_(network.xvector.tdnn.linear.weight.data)
    return network


def build_flow():
    upsample = module("s3gen.transformer.upsample_encoder")
    sizes = dict(SIZES["encoder"])
    up_blocks, width = sizes.pop("up_blocks"), sizes["output_size"]
    encoder = upsample.UpsampleConformerEncoder(
        dropout_rate=0.1, positional_dropout_rate=0.1, attention_dropout_rate=0.1, normalize_before=True,
        input_layer="linear", pos_enc_layer_type="rel_pos_espnet", selfattention_layer_type="rel_selfattn",
        use_cnn_module=False, macaron_style=False, **sizes)
    encoder.pre_lookahead_layer = upsample.PreLookaheadLayer(channels=width, pre_lookahead_len=3)
    encoder.up_layer = upsample.Upsample1D(channels=width, out_channels=width, stride=2)
    encoder.up_encoders = encoder.up_encoders[:up_blocks]
    estimator = module("s3gen.decoder").ConditionalDecoder(**SIZES["decoder"])
    decoder = module("s3gen.flow_matching").CausalConditionalCFM(
        spk_emb_dim=80, cfm_params=module("s3gen.configs").CFM_PARAMS, estimator=estimator)
    return module("s3gen.flow").CausalMaskedDiffWithXvec(
        input_size=SIZES["encoder"]["input_size"], encoder=encoder, decoder=decoder)


def build_hift():
    sizes = dict(SIZES["mel2wav"])
    predictor = module("s3gen.f0_predictor").ConvRNNF0Predictor(cond_channels=sizes.pop("f0_cond_channels"))
    return module("s3gen.hifigan").HiFTGenerator(f0_predictor=predictor, **sizes)


def build_model(weights=None):
    """Upstream's S3Token2Wav around the small parts, in evaluation mode; `weights`: a .safetensors file to load."""
    s3gen = module("s3gen.s3gen")
    model = s3gen.S3Token2Wav.__new__(s3gen.S3Token2Wav)  # its __init__ builds the full-sized parts
    nn.Module.__init__(model)
    model.meanflow, model.resamplers, model.mel_extractor = False, {}, s3gen.mel_spectrogram
    model.tokenizer, model.speaker_encoder = build_tokenizer(), build_speaker()
    model.flow, model.mel2wav = build_flow(), build_hift()
    trim = features.RATE // 50
    fade = torch.zeros(2 * trim)
    fade[trim:] = (torch.cos(torch.linspace(torch.pi, 0, trim)) + 1) / 2
    model.register_buffer("trim_fade", fade, persistent=False)
    model.estimator_dtype = "fp32"
    if weights:
        from safetensors.torch import load_file
        loaded = model.load_state_dict(load_file(weights), strict=False)
        if loaded.unexpected_keys or set(loaded.missing_keys) - set(NOT_SAVED):
            raise SystemExit(f"{weights} is not a demo voice of these sizes: {loaded}")
    return model.eval()


def part_of(weights, part):
    """The state dict of one part (tokenizer, speaker, flow, hift) out of a whole .safetensors file."""
    from safetensors.torch import load_file
    prefix = PREFIXES[part]
    return {key[len(prefix):]: value for key, value in load_file(weights).items() if key.startswith(prefix)}


def weights(path, part):
    """The state dict of one part out of a training checkpoint (a folder) or a whole demo voice (.safetensors)."""
    return part_of(path, part) if path.endswith(".safetensors") else training.weights(path, part)


def load_matching(network, state):
    """Loads what has the same name and shape; returns the names that were left out."""
    own = network.state_dict()
    fitting = {key: value for key, value in state.items() if key in own and own[key].shape == value.shape}
    network.load_state_dict(fitting, strict=False)
    return sorted(set(state) - set(fitting))
