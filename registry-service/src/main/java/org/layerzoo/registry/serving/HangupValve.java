package org.layerzoo.registry.serving;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Lets a request ask whether its caller has hung up. A servlet learns that only when it writes; here the server is asked to look
 * for further bytes of the connection, and a connection that has ended answers with exactly one, which stands for the failure
 * that reading it would be. The body must have been read to its end before.
 */
final class HangupValve extends ValveBase {
    private static final String ATTRIBUTE = HangupValve.class.getName();

    HangupValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        BooleanSupplier gone = () -> {
            var coyote = request.getCoyoteRequest();
            coyote.action(ActionCode.AVAILABLE, Boolean.TRUE);
            return coyote.getAvailable() == 1;
        };
        request.setAttribute(ATTRIBUTE, gone);
        getNext().invoke(request, response);
    }

    /** Whether the caller of this request has gone; never where the server cannot tell. */
    static BooleanSupplier of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof BooleanSupplier gone ? gone : () -> false;
    }
}
