package org.layerzoo.cli;

import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends a deployment. */
@Command(name = "undeploy", description = "Stop serving under a name, and wait until its process has ended.")
final class UndeployCommand extends RemoteCommand {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Parameters(paramLabel = "N", description = "name of the deployment")
    String name = "";

    @Override
    int call(RemoteRegistry registry) throws InterruptedException {
        String path = "/api/v1/deployments/" + DeployCommand.checked(name);
        registry.delete(path);
        if (!Await.truth(PATIENCE, () -> !registry.has(path))) {
            throw CommandFailure.of(3, name + " is being stopped, and its process has not ended yet");
        }
        if (zoo.json) {
            print(object().put("name", name).put("state", "gone"));
        }
        err().println(name + " is gone");
        return 0;
    }
}
