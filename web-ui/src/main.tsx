import "./styles/index.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { CatalogueProvider } from "./api/catalogue";
import { CataloguePage } from "./pages/catalogue/CataloguePage";
import { ComparePage } from "./pages/compare/ComparePage";
import { FaultPage } from "./pages/FaultPage";
import { JobPage } from "./pages/jobs/JobPage";
import { JobsPage } from "./pages/jobs/JobsPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { PluginPage } from "./pages/plugin/PluginPage";
import { RecommendPage } from "./pages/recommend/RecommendPage";
import { ResultsPage } from "./pages/results/ResultsPage";
import { PublishingPage } from "./pages/publishing/PublishingPage";
import { UploadPage } from "./pages/publishing/UploadPage";
import { VersionsPage } from "./pages/publishing/VersionsPage";
import { AccessPage } from "./pages/registry/AccessPage";
import { AuditPage } from "./pages/registry/AuditPage";
import { WebhookPage } from "./pages/registry/WebhookPage";
import { WebhooksPage } from "./pages/registry/WebhooksPage";
import { DeploymentPage } from "./pages/serving/DeploymentPage";
import { ServingPage } from "./pages/serving/ServingPage";
import { SignInPage } from "./pages/SignInPage";
import { SessionProvider } from "./session/session";
import { Shell } from "./ui/Shell";
import { ThemeProvider } from "./ui/theme";

const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      {
        errorElement: <FaultPage />,
        children: [
          { path: "/", element: <CataloguePage /> },
          { path: "/plugins/:id", element: <PluginPage /> },
          { path: "/compare", element: <ComparePage /> },
          { path: "/recommend", element: <RecommendPage /> },
          { path: "/results", element: <ResultsPage /> },
          { path: "/jobs", element: <JobsPage /> },
          { path: "/jobs/:id", element: <JobPage /> },
          { path: "/serving", element: <ServingPage /> },
          { path: "/serving/:name", element: <DeploymentPage /> },
          { path: "/publishing", element: <PublishingPage /> },
          { path: "/publishing/uploads/:id", element: <UploadPage /> },
          { path: "/publishing/:id", element: <VersionsPage /> },
          { path: "/registry", element: <AccessPage /> },
          { path: "/registry/webhooks", element: <WebhooksPage /> },
          { path: "/registry/webhooks/:id", element: <WebhookPage /> },
          { path: "/registry/audit", element: <AuditPage /> },
          { path: "/sign-in", element: <SignInPage /> },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
    ],
  },
]);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <ThemeProvider>
      <SessionProvider>
        <CatalogueProvider>
          <RouterProvider router={router} />
        </CatalogueProvider>
      </SessionProvider>
    </ThemeProvider>
  </StrictMode>,
);
