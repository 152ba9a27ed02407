package org.layerzoo.plugins.mamba.check;
import java.util.List;
import org.layerzoo.core.spi.Check;
public final class MambaChecks { private MambaChecks() {} public static List<Check> all() { return List.of(); } }
