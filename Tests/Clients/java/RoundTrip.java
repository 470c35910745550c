import java.time.LocalDate;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

/** A round trip with the client that openapi-generator makes for Java. */
public class RoundTrip {
    private static void check(boolean condition, Object what) {
        if (!condition) throw new AssertionError(what);
    }

    private static Operation accept(ResponsesApi responses, int volunteer) throws ApiException {
        var body = new Respond().volunteerId(new Id((long) volunteer)).status(Respond.StatusEnum.ACCEPTED);
        return responses.respond("java", body, null, null);
    }

    public static void main(String[] words) throws ApiException {
        var client = new ApiClient();
        client.updateBaseUri(System.getenv("BASE"));
        client.setRequestInterceptor(
                request -> request.header("Authorization", "Bearer " + System.getenv("TOKEN")));
        var applications = new ApplicationsApi(client);
        var responses = new ResponsesApi(client);

        var create = new CreateApplication().volunteerApplicationId(new Id("java")).fundId(new Id(123L))
                .availableSpots(1).applicationName("Уборка").applicationDescription("")
                .applicationDate(LocalDate.of(2030, 12, 9)).applicationStarttime("14:00:00")
                .applicationEndtime("18:00:00");
        var created = applications.createApplication(create, "java-1", null);
        check(created.getStatus() == Operation.StatusEnum.SUCCEEDED, created);

        var first = accept(responses, 789);
        check(first.getResult().getOutcome() == OperationResult.OutcomeEnum.CONFIRMED, first);
        var second = accept(responses, 1011);
        var polled = new OperationsApi(client).getOperation(second.getId(), "wait=20", null);
        check(polled.getResult().getPosition() == 1, polled);

        var page = responses.listResponses("java", null, null, null, null, null);
        check(page.getItems().size() == 2, page);
        check(applications.getApplication("java", null).getAvailableSpots() == 1, "one spot");
        try {
            applications.getApplication("nowhere", null);
            check(false, "an application that does not exist");
        } catch (ApiException error) {
            check(error.getCode() == 404 && error.getResponseBody().contains("\"not_found\""), error);
        }
    }
}
