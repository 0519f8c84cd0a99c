import { useQuery } from '@tanstack/react-query';
import { AudioLines, Plus } from 'lucide-react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { EmptyState, ErrorState, Skeletons } from '../../ui/states.tsx';
import { DeviceCard } from './device-card.tsx';
import './devices.css';
import { PointADevice } from './point-a-device.tsx';

/** The devices, live. */
export function DevicesPage() {
  usePageTitle('Devices');
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Devices</h1>
          <p>The microphones that listen for you, as they hear it.</p>
        </div>
      </header>
      <DeviceList />
    </div>
  );
}

function DeviceList() {
  const devices = useQuery(queries.devices);
  if (devices.isPending) return <Skeletons count={2} height="13rem" label="devices" />;
  if (devices.isError) {
    return (
      <ErrorState
        title="The devices cannot be shown"
        error={devices.error}
        onRetry={() => void devices.refetch()}
      />
    );
  }
  if (devices.data.length === 0) {
    return (
      <EmptyState icon={AudioLines} title="No device is connected">
        <p>Point a microphone at this server and it appears here within a second.</p>
        <PointADevice />
      </EmptyState>
    );
  }
  return (
    <>
      <ul className="device-list">
        {devices.data.map((device) => (
          <li key={device.client_id}>
            <DeviceCard device={device} />
          </li>
        ))}
      </ul>
      <details className="card more-devices">
        <summary>
          <Plus size={16} aria-hidden="true" />
          Add another device
        </summary>
        <PointADevice />
      </details>
    </>
  );
}
