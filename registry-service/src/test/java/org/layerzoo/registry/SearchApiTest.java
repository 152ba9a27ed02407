package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SearchApiTest {
    private static TestRegistry registry;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        add("seek-wavelet", "Wavelet mixing", "Mixes tokens by wavelets.", "Convolves with filter banks.");
        add("seek-pooling", "Pooling is enough", "Averages of tokens.", "Compared with a wavelet in the appendix.");
        add("seek-quokka", "Quokka attention", "Attends to marsupials.", "Hops over blocks.");
    }

    private static void add(String id, String title, String summary, String mechanism) {
        registry.add(
                JarFixture.of(id).with("title", title).with("summary", summary).card("""
                        title: %s
                        authors: [Ada Lovelace]
                        year: 2023
                        summary: %s
                        mechanism: |
                          %s
                        complexity: {time: T, memory: T, state: E}
                        """.formatted(
                                title, summary, mechanism)),
                id);
    }

    private static JsonNode search(String query) {
        return registry.anonymous()
                .get("/api/v1/plugins?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .is(200)
                .json();
    }

    private static List<String> ids(JsonNode page) {
        return page.path("items")
                .valueStream()
                .map(item -> item.path("id").asString())
                .toList();
    }

    @Test
    void aTitleOutweighsTheCard() {
        assertThat(ids(search("wavelet"))).containsExactly("seek-wavelet", "seek-pooling");
    }

    @Test
    void anOrderThatIsAskedForOutweighsRelevance() {
        assertThat(ids(registry.anonymous()
                        .get("/api/v1/plugins?query=wavelet&sort=title")
                        .json()))
                .containsExactly("seek-pooling", "seek-wavelet");
    }

    @ParameterizedTest
    @CsvSource({
        "attending marsupial, seek-quokka",
        "MARSUPIALS, seek-quokka",
        "quok, seek-quokka",
        "hopping, seek-quokka",
        "the quokka, seek-quokka",
        "eek-quok, seek-quokka",
        "seek-quokka, seek-quokka"
    })
    void allFormsAndBeginningsOfWordsAreFound(String query, String id) {
        JsonNode page = search(query);
        assertThat(ids(page)).containsExactly(id);
        assertThat(page.has("correctedQuery")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"qoukka, quokka", "quoka, quokka", "quokka attntion, quokka attention", "marsupails, marsupials"})
    void aWordThatOccursNowhereIsTakenForTheMostAlikeOne(String query, String corrected) {
        JsonNode page = search(query);
        assertThat(ids(page)).containsExactly("seek-quokka");
        assertThat(page.path("correctedQuery").asString()).isEqualTo(corrected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zzyzx-no-such-thing",
                "'",
                "\\",
                "''\\''",
                "quokka' & !x",
                ":*",
                "a:b|c&!(d)<->",
                "%_%",
                "\u0001",
                "日本語の検索",
                "wavelet xylophone-concerto"
            })
    void whateverIsTypedIsAnswered(String query) {
        assertThat(ids(search(query))).doesNotContain("seek-pooling");
    }

    @Test
    void filtersHoldForWhatIsFound() {
        JsonNode page = registry.anonymous()
                .get("/api/v1/plugins?query=wavelet&kind=probe")
                .json();
        assertThat(ids(page)).isEmpty();
        assertThat(page.path("facets").path("kind").toString()).isEqualTo("[{\"value\":\"mixer\",\"count\":2}]");
    }
}
