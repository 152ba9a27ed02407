package org.layerzoo.plugins.mamba360;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.spi.CollectionProvider.Member;
import org.layerzoo.core.spi.CollectionProvider.Taxonomy;

/** The survey's taxonomy: what each member is like, and where it is used. */
public final class Survey {
    /** Prefix of the kernels that this collection ships. */
    public static final String OWN = "mamba-360/";

    /** Axes in order of the columns of the table below, after name and reference. */
    private static final List<String> AXES = List.of(
            "paradigm",
            "maps",
            "numbers",
            "structure",
            "discretisation",
            "training",
            "gate",
            "dimensions",
            "application");

    /** name | zoo reference | paradigm | maps | state numbers | A | discretisation | training form | gate | dimensions | application | time | state */
    private static final String TABLE = """
        HiPPO-LegT | - | structural | time-invariant | real | dense | bilinear | scan | none | 1d | general | T N^2 | N
        HiPPO-LegS | - | structural | time-varying | real | dense | bilinear | scan | none | 1d | general | T N | N
        LSSL | - | structural | time-invariant | real | dense | bilinear | fft-conv | none | 1d | general | T log T D N | D N
        S4 | - | structural | time-invariant | complex | dplr | bilinear | fft-conv | none | 1d | general | (T + N) log^2 (T + N) D | D N
        S4ND | mamba-360/s4nd | structural | time-invariant | complex | dplr | bilinear | fft-conv | none | nd | vision | T log T D | D N
        DSS | - | structural | time-invariant | complex | diagonal | zoh | fft-conv | none | 1d | general | T log T D + T N D | D N
        S4D | s4d | structural | time-invariant | complex | diagonal | zoh | fft-conv | none | 1d | general | T log T D + T N D | D N
        S5 | mamba-360/s5 | structural | time-invariant | complex | diagonal | zoh | scan | none | 1d | general | T D N | N
        Liquid-S4 | - | structural | input-dependent | complex | dplr | bilinear | fft-conv | none | 1d | general | T log T D | D N
        SGConv | - | structural | time-invariant | real | none | none | fft-conv | none | 1d | general | T log T D | T D
        MultiresNet | - | structural | time-invariant | real | none | none | convolution | none | 1d | general | T log T D | D log T
        H3 | - | structural | time-invariant | complex | diagonal | zoh | fft-conv | multiplicative | 1d | language | T log T D | D N
        Hyena | - | structural | time-invariant | real | none | none | fft-conv | multiplicative | 1d | language | T log T D | T D
        BiGS | - | structural | time-invariant | complex | diagonal | zoh | fft-conv | multiplicative | 1d | language | T log T D | D N
        GSS | - | gating | time-invariant | complex | diagonal | zoh | fft-conv | multiplicative | 1d | language | T log T D | D N
        TNN | - | gating | time-invariant | real | none | none | fft-conv | multiplicative | 1d | language | T log T D | T D
        Mega | - | gating | time-invariant | real | diagonal | none | fft-conv | multiplicative | 1d | general | T log T D + T^2 D | D N
        Mamba | mamba | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | language | T D N | D N
        Mamba-2 | - | gating | input-dependent | real | scalar-identity | zoh | chunked-gemm | silu | 1d | language | T D N | D N
        LRU | mamba-360/lru | recurrent | time-invariant | complex | diagonal | none | scan | none | 1d | general | T D N | N
        RWKV | - | recurrent | time-invariant | real | diagonal | none | scan | sigmoid | 1d | language | T D | D
        RetNet | - | recurrent | time-invariant | real | scalar-identity | none | chunked-gemm | silu | 1d | language | T D d | D d
        HGRN | hgrn | recurrent | input-dependent | complex | diagonal | none | scan | sigmoid | 1d | language | T D | D
        GateLoop | - | recurrent | input-dependent | complex | diagonal | none | scan | silu | 1d | language | T D d | D d
        xLSTM | - | recurrent | input-dependent | real | scalar-identity | none | chunked-gemm | sigmoid | 1d | language | T D d | D d
        Vim | - | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | vision | T D N | D N
        VMamba | - | gating | input-dependent | real | diagonal | zoh | scan | silu | 2d | vision | T D N | D N
        VideoMamba | - | gating | input-dependent | real | diagonal | zoh | scan | silu | nd | video | T D N | D N
        SaShiMi | - | structural | time-invariant | complex | dplr | bilinear | fft-conv | none | 1d | speech-audio | T log T D | D N
        HyenaDNA | - | structural | time-invariant | real | none | none | fft-conv | multiplicative | 1d | genomics | T log T D | T D
        Caduceus | - | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | genomics | T D N | D N
        SiMBA | - | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | time-series | T D N | D N
        Graph-Mamba | graph-mamba | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | graph | T D N | D N
        U-Mamba | - | gating | input-dependent | real | diagonal | zoh | scan | silu | nd | medical | T D N | D N
        Decision S4 | decision-s4 | structural | time-invariant | complex | dplr | bilinear | fft-conv | none | 1d | reinforcement-learning | T log T D | D N
        MambaTab | - | gating | input-dependent | real | diagonal | zoh | scan | silu | 1d | tabular | T D N | D N
        """;

    /** Kernels of this collection that stand in for a member whose own plugin is absent. */
    private static final Map<String, String> STAND_INS = Map.of("S4D", OWN + "s4d", "Mamba", OWN + "s6");

    private static final List<Member> MEMBERS =
            TABLE.lines().map(Survey::member).toList();

    private Survey() {}

    private static Member member(String line) {
        String[] cell = line.trim().split("\\s*\\|\\s*");
        Map<String, String> tags = new LinkedHashMap<>();
        for (int i = 0; i < AXES.size(); i++) {
            tags.put(AXES.get(i), cell[i + 2]);
        }
        Map<String, String> orders = new LinkedHashMap<>();
        orders.put("time", cell[AXES.size() + 2]);
        orders.put("state", cell[AXES.size() + 3]);
        return new Member(cell[0], cell[1].equals("-") ? Optional.empty() : Optional.of(cell[1]), tags, orders);
    }

    /** All members, by paradigm and then by application. */
    public static List<Member> members() {
        return MEMBERS;
    }

    /** The kernel of this collection that a member falls back to, when it has one. */
    static Optional<String> standIn(Member m) {
        return Optional.ofNullable(STAND_INS.get(m.name()));
    }

    static Taxonomy taxonomy() {
        Map<String, List<String>> axes = new LinkedHashMap<>();
        axes.put("paradigm", List.of("structural", "gating", "recurrent"));
        axes.put("maps", List.of("time-invariant", "time-varying", "input-dependent"));
        axes.put("numbers", List.of("real", "complex"));
        axes.put("structure", List.of("diagonal", "dplr", "scalar-identity", "block", "dense", "none"));
        axes.put("discretisation", List.of("zoh", "bilinear", "none"));
        axes.put("training", List.of("fft-conv", "convolution", "scan", "chunked-gemm"));
        axes.put("gate", List.of("none", "multiplicative", "silu", "sigmoid"));
        axes.put("dimensions", List.of("1d", "2d", "nd"));
        axes.put(
                "application",
                List.of(
                        "general",
                        "vision",
                        "video",
                        "speech-audio",
                        "language",
                        "genomics",
                        "time-series",
                        "graph",
                        "medical",
                        "reinforcement-learning",
                        "tabular"));
        return new Taxonomy("State space models under three paradigms", axes);
    }

    /** The descriptor table's rows, each with what stands for the member in this zoo. */
    static List<List<String>> rows(java.util.function.Function<Member, String> presence) {
        List<List<String>> rows = new ArrayList<>();
        for (Member m : MEMBERS) {
            List<String> row = new ArrayList<>(List.of(m.name()));
            row.addAll(m.tags().values());
            row.addAll(m.orders().values());
            row.add(presence.apply(m));
            rows.add(row);
        }
        return rows;
    }

    static List<String> columns() {
        Set<String> columns = new LinkedHashSet<>(List.of("member"));
        columns.addAll(AXES);
        columns.addAll(List.of("time", "state", "in this zoo"));
        return List.copyOf(columns);
    }
}
