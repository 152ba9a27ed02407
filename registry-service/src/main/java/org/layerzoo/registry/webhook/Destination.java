package org.layerzoo.registry.webhook;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import org.layerzoo.registry.web.ProblemException;

/**
 * Where events may go. An address that leads back to this machine or into its network would let whoever sets a webhook speak with what
 * only this machine can reach, so it is refused, by the address and not by the name: names change what they stand for.
 */
record Destination(URI uri, String host, int port, boolean tls) {
    /** An address that must not be called. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /** @throws ProblemException when this is no address that events can be sent to */
    static Destination parse(String url) {
        try {
            URI uri = new URI(url);
            boolean tls = "https".equalsIgnoreCase(uri.getScheme());
            boolean plain = "http".equalsIgnoreCase(uri.getScheme());
            boolean ascii = url.chars().allMatch(c -> c > ' ' && c < 127);
            if ((tls || plain)
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && ascii
                    && uri.getPort() != 0) {
                String host = uri.getHost().replaceAll("^\\[|]$", "");
                return new Destination(uri, host, uri.getPort() < 0 ? tls ? 443 : 80 : uri.getPort(), tls);
            }
        } catch (URISyntaxException e) {
            // told below
        }
        throw ProblemException.field(
                "url", "expected an address such as https://example.org/hook, without a user in it", url);
    }

    /** The address to connect to. @throws Refused when the host stands for an address that must not be called */
    InetAddress resolve(WebhookSettings settings) throws IOException {
        InetAddress[] all;
        try {
            all = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new Refused("the host '" + host + "' is not known");
        }
        boolean trusted = settings.allowPrivate() || settings.allow().contains(host.toLowerCase(Locale.ROOT));
        for (InetAddress address : all) {
            if (!trusted && !open(address)) {
                throw new Refused("the host '" + host + "' is " + address.getHostAddress()
                        + ", an address of this machine or of a private network; zoo.webhooks.allow lists exceptions");
            }
        }
        return all[0];
    }

    /** Whether an address lies in the open internet. */
    static boolean open(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xFF;
        int second = bytes[1] & 0xFF;
        if (address instanceof Inet6Address) {
            // Global unicast is 2000::/3; of it 2001::/23, 2001:db8::/32, 2002::/16 and 3fff::/20 are for tests or lead
            // elsewhere.
            boolean tunnel = first == 0x20 && second == 0x02;
            boolean special = first == 0x20 && second == 0x01 && ((bytes[2] & 0xFE) == 0 || documentation(bytes));
            return (first & 0xE0) == 0x20 && !tunnel && !special && !(first == 0x3F && second == 0xFF);
        }
        int third = bytes[2] & 0xFF;
        boolean shared = first == 100 && (second & 0xC0) == 64;
        boolean protocol = first == 192 && second == 0 && (third == 0 || third == 2);
        boolean benchmark = first == 198 && (second & 0xFE) == 18;
        boolean examples = first == 198 && second == 51 && third == 100 || first == 203 && second == 0 && third == 113;
        return first != 0 && first < 240 && !shared && !protocol && !benchmark && !examples;
    }

    private static boolean documentation(byte[] bytes) {
        return (bytes[2] & 0xFF) == 0x0D && (bytes[3] & 0xFF) == 0xB8;
    }
}
