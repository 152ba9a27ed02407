package org.layerzoo.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.registry.web.ProblemException;

class DestinationTest {
    private static final WebhookSettings CLOSED = settings(false, Set.of());

    private static WebhookSettings settings(boolean allowPrivate, Set<String> allow) {
        return new WebhookSettings(
                allowPrivate, allow, 8, Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofSeconds(1));
    }

    static Stream<String> inside() {
        return Stream.of("""
                        127.0.0.1 127.9.9.9 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
                        100.64.0.1 100.127.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1
                        255.255.255.255 ::1 :: fe80::1 fc00::1 fd12:3456::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
                        64:ff9b::a00:1 2002:7f00:1:: 2001::1 2001:db8::1 3fff::1 100::1 fec0::1""".split("\\s+"));
    }

    @ParameterizedTest
    @MethodSource("inside")
    void addressesOfThisMachineAndOfPrivateNetworksAreRefused(String address) throws Exception {
        assertThat(Destination.open(InetAddress.getByName(address))).isFalse();
        String host = address.contains(":") ? "[" + address + "]" : address;
        assertThatThrownBy(() -> Destination.parse("http://" + host + "/hook").resolve(CLOSED))
                .isInstanceOf(Destination.Refused.class)
                .hasMessageContaining("private network");
    }

    static Stream<String> outside() {
        return Stream.of("""
                        1.1.1.1 8.8.8.8 93.184.216.34 100.63.0.1 100.128.0.1 172.15.0.1 172.32.0.1 192.1.0.1 198.17.0.1
                        198.20.0.1 223.255.255.255 2606:4700::1111 2a00:1450:4001::1""".split("\\s+"));
    }

    @ParameterizedTest
    @MethodSource("outside")
    void addressesOfTheOpenInternetMayBeCalled(String address) throws Exception {
        assertThat(Destination.open(InetAddress.getByName(address))).isTrue();
    }

    /** Forms that some resolvers read as 127.0.0.1. */
    @ParameterizedTest
    @ValueSource(strings = {"http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f000001/"})
    void otherSpellingsOfThisMachineLeadNowhere(String url) {
        assertThatThrownBy(() -> Destination.parse(url).resolve(CLOSED))
                .isInstanceOfAny(Destination.Refused.class, ProblemException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.org/",
                "file:///etc/passwd",
                "example.org",
                "https://",
                "https://user:secret@example.org/",
                "https://example.org/a b",
                "http://example.org/\r\nX: y",
                "gopher://127.0.0.1:6379/_x",
                "http:///path"
            })
    void whatIsNoAddressOfTheWebIsRefused(String url) {
        assertThatThrownBy(() -> Destination.parse(url)).isInstanceOf(ProblemException.class);
    }

    @Test
    void theOperatorMayAllowAHostOrAllPrivateOnes() throws Exception {
        var local = Destination.parse("http://127.0.0.1:81/hook");
        assertThat(local.resolve(settings(true, Set.of())).isLoopbackAddress()).isTrue();
        assertThat(local.resolve(settings(false, Set.of("127.0.0.1"))).isLoopbackAddress())
                .isTrue();
        assertThatThrownBy(() -> local.resolve(settings(false, Set.of("127.0.0.2"))))
                .isInstanceOf(Destination.Refused.class);
        assertThat(local.port()).isEqualTo(81);
        assertThat(Destination.parse("https://example.org").port()).isEqualTo(443);
    }

    @Test
    void pausesGrowUpToTheLongest() {
        assertThat(CLOSED.pause(1)).isEqualTo(Duration.ofSeconds(10));
        assertThat(CLOSED.pause(3)).isEqualTo(Duration.ofSeconds(40));
        assertThat(CLOSED.pause(100)).isEqualTo(Duration.ofHours(1));
    }
}
