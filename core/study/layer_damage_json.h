#pragma once

#include "core/study/sensitivity.h"
#include "core/study/study_json.h"

namespace octet {

// What a layer does, as files of several studies have it (docs/formats.md).

StudyJson choice_json(const Choice& choice);
/// int8 by plain rounding where it does not say. Throws as the library does, std::bad_optional_access where a
/// word is unknown, and Error(input) for an option that is.
Choice choice_of(const StudyJson& json);

StudyJson layer_json(const LayerDamage& entry);
/// Only the layer and its damage have to be there. Throws like choice_of.
LayerDamage layer_of(const StudyJson& json);

/// By its name. Throws std::bad_optional_access.
DamageKind kind_of(const std::string& name);

}  // namespace octet
