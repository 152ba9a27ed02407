package org.layerzoo.registry.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Lets an answer that has begun be broken off. A servlet can only stop writing, and what the container or an error page adds then could
 * make up the length that was announced; a connection that ends tells the caller that this is not the whole.
 */
final class BreakOffValve extends ValveBase {
    private static final String ATTRIBUTE = BreakOffValve.class.getName();

    BreakOffValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        Runnable end = () -> response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
        request.setAttribute(ATTRIBUTE, end);
        getNext().invoke(request, response);
    }

    /** Ends the connection of this request. */
    static void breakOff(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Runnable end) {
            end.run();
        }
    }
}
