package org.layerzoo.nn.host;

import java.util.OptionalInt;

/** What the blocks of a host have in common; length is the number of rows they see, where it is fixed. */
record Stem(int dim, int heads, Mixer mixer, Channels channels, NormKind norm, OptionalInt length) {}
