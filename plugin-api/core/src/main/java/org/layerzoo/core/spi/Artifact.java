package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/** What an offline fit leaves: tensors and a small description; stored as one safetensors file, versioned by its digest. */
public record Artifact(String kind, JsonNode description, Tensors tensors) {}
