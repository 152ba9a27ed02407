package org.layerzoo.plugins.flashattention2.check;
import java.util.List;
import org.layerzoo.core.spi.Check;
public final class FlashAttention2Checks { private FlashAttention2Checks() {} public static List<Check> all() { return List.of(); } }
