"""Assembles the demo voice from the checkpoints: weights, configuration, reference clips and conditioning files.

    python export.py corpus/ ../ --tokenizer tokenizer/ --speaker speaker/ --flow flow/ --hift hift/

Key names are upstream's, weight norm is kept as upstream's files keep it (parametrizations), everything is fp32.
"""

import argparse
import json
import pathlib

import soundfile
import torch
from safetensors.torch import save_file

import shards
import train_flow
import training
import upstream

ORIGIN = "trained from scratch on synthetic speech of Kokoro-82M (Apache-2.0)"
CONDITIONS = {"voice_f_nora": "reference0000", "voice_m_kumo": "reference0001", "voice_f_nezumi": "reference0002",
              "voice_m_warm": "reference0003"}


def flow_weights(folder):
    """The flow with the embedding of the digits written out as upstream's table."""
    state = training.weights(folder, "flow")
    embedding = train_flow.TokenEmbedding(upstream.SIZES["encoder"]["input_size"])
    embedding.load_state_dict(training.weights(folder, "embedding"))
    with torch.no_grad():
        state["input_embedding.weight"] = embedding.table()
    return state


def weights(arguments):
    parts = dict(tokenizer=training.weights(arguments.tokenizer, "tokenizer"),
                 speaker=training.weights(arguments.speaker, "speaker"),
                 flow=flow_weights(arguments.flow), hift=upstream.weights(arguments.hift, "hift"))
    state = {}
    for part, content in parts.items():
        for key, value in content.items():
            name = upstream.PREFIXES[part] + key
            if name not in upstream.NOT_SAVED:
                state[name] = (value.float() if value.is_floating_point() else value).contiguous()
    for name, value in state.items():
        if not torch.isfinite(value.float()).all():
            raise SystemExit(f"{name} is not finite")
    return state


def configuration(state, arguments):
    def count(prefix):
        return sum(value.numel() for name, value in state.items() if name.startswith(prefix))

    folders = dict(tokenizer=arguments.tokenizer, speaker_encoder=arguments.speaker, flow=arguments.flow)
    prefixes = ("tokenizer.", "speaker_encoder.", "flow.input_embedding", "flow.encoder.", "flow.decoder.", "flow.",
                "mel2wav.f0_predictor", "mel2wav.")
    return dict(
        upstream.SIZES, params={prefix: count(prefix) for prefix in prefixes}, total_params=count(""),
        tensors=len(state), steps={part: training.load(folder)["step"] for part, folder in folders.items()},
        sampling=dict(n_timesteps=10, t_scheduler="cosine", inference_cfg_rate=0.7, sigma_min=1e-6, sample_rate=24000),
        not_inferable_from_shapes={
            "tokenizer.n_audio_head": upstream.SIZES["tokenizer"]["n_audio_head"],
            "decoder.num_heads": 2, "decoder.attention_head_dim": 64, "mel2wav.upsample_rates": [8, 5, 3],
            "mel2wav.resblock_dilation_sizes": [[1, 3, 5]] * 3, "mel2wav.istft hop_len": 4,
            "speaker_encoder dilations": [1, 2, 2], "speaker_encoder FCM strides": "(2,1)"})


def clip_name(entry):
    return f"ref{int(entry['id'][-4:]):02d}_{entry['language']}_{entry['voice']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("output")
    for part in ("tokenizer", "speaker", "flow"):
        parser.add_argument(f"--{part}", required=True, help="checkpoint folder")
    parser.add_argument("--hift", required=True, help="checkpoint folder, or the demo voice to take the vocoder from")
    arguments = parser.parse_args()
    output = pathlib.Path(arguments.output)
    for folder in ("clips", "conds"):
        (output / folder).mkdir(parents=True, exist_ok=True)

    state = weights(arguments)
    path = output / "s3gen_demo.safetensors"
    save_file(state, path, metadata=dict(format="pt", license="MIT", origin=ORIGIN))
    config = configuration(state, arguments)
    (output / "s3gen_demo.config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")

    model, clips = upstream.build_model(str(path)), {}
    for entry, audio, _ in shards.read(arguments.corpus, "reference"):
        name = clip_name(entry)
        suffix = "flac" if clips else "wav"  # the first one so that the demo needs no decoder
        soundfile.write(output / "clips" / f"{name}.{suffix}", audio, 24000, subtype="PCM_16")
        with torch.no_grad():
            condition = model.embed_ref(torch.from_numpy(audio / 32767).float(), 24000)
        clips[name[:5]] = dict(text=entry["text"], lang=entry["language"], voice=entry["voice"],
                               reading=entry["reading"], phonemes=entry["phonemes"],
                               tokens=condition["prompt_token"][0].tolist())
        for voice, source in CONDITIONS.items():
            if source == entry["id"]:
                save_file({"prompt_token": condition["prompt_token"].int(),
                           "prompt_token_len": condition["prompt_token_len"].int(),
                           "prompt_feat": condition["prompt_feat"].float().contiguous(),
                           "embedding": condition["embedding"].float().contiguous()},
                          output / "conds" / f"{voice}.safetensors")
    (output / "clips" / "clips.json").write_text(json.dumps(clips, indent=1, ensure_ascii=False), encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {config['total_params']} values; {len(clips)} clips")


if __name__ == "__main__":
    main()
